{
  prometheusAlerts+:: {
    groups+: [{ name: 'api', rules: [{ alert: 'Slow', expr: 'x > %(t)s' % $._config, 'for': '5m' }] }],
  },
  local f(x) = x { a+: |||
    text
  ||| },
}
