use super::*;
use expect_test::{Expect, expect};

fn check(text: &str, expected: Expect) {
    let yaml = read(text);
    let mut out: Vec<String> = yaml.documents.iter().map(Node::flow).collect();
    out.extend(yaml.problems.iter().map(|(at, what)| {
        let line = text[..at.start].matches('\n').count() + 1;
        format!("problem {line}: {what}")
    }));
    expected.assert_eq(&out.join("\n"));
}

#[test]
fn a_broken_document_leaves_the_others_alone() {
    check(
        "a: 1\n---\nb: [1\n---\nc: 3\n",
        expect![[r#"
        {a: 1}
        {c: 3}
        problem 4: this is no YAML: while parsing a flow sequence, expected ',' or ']'"#]],
    );
}

#[test]
fn a_value_that_is_a_template_keeps_its_text() {
    check(
        "{{- if .Values.on }}\nmetadata:\n  name: {{ include \"a.b\" . }}-x\nimage: \"{{ .Values.repo }}:{{ .Values.tag | default \"v1\" }}\"\nresources:\n  {{- toYaml .Values.resources | nindent 4 }}\nenv:\n  {{- range $k, $v := .Values.env }}\n  - name: {{ $k }}\n    value: {{ $v | quote }}\n  {{- end }}\n{{- end }}\n",
        expect![[
            r#"{metadata: {name: {{ include "a.b" . }}-x}, image: {{ .Values.repo }}:{{ .Values.tag | default "v1" }}, resources: {{ toYaml .Values.resources | nindent 4 }}, env: [{name: {{ $k }}, value: {{ $v | quote }}}]}"#
        ]],
    );
}

#[test]
fn a_merge_key_brings_in_what_is_not_set() {
    let yaml = read("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n");
    let y = yaml.documents[0].get("y").unwrap();
    assert_eq!(y.text_at(&["a"]), Some("1"));
    assert_eq!(y.text_at(&["b"]), Some("3"));
    assert_eq!(y.entries().len(), 2);
}

#[test]
fn spans_are_bytes_of_the_file_whatever_the_letters_and_line_ends() {
    let text = "# ünï\r\na: 'ö'\r\nbee:\r\n  cé: dee\r\n---\r\nk: [é, {x: y}]\r\n";
    let yaml = read(text);
    let shown = |node: &Node| text[node.at.clone()].to_owned();
    let bee = yaml.documents[0].entry("bee").unwrap();
    assert_eq!(shown(bee.0), "bee");
    assert_eq!(shown(bee.1), "cé: dee");
    assert_eq!(shown(yaml.documents[1].get("k").unwrap()), "[é, {x: y}]");
}

#[test]
fn a_duplicate_key_is_a_problem() {
    check(
        "a: 1\na: 2\n",
        expect![[r#"
        {a: 1}
        problem 2: the key a stands twice; the first one was read"#]],
    );
}

#[test]
fn nesting_and_aliases_are_bounded() {
    check(
        &"- ".repeat(500),
        expect!["problem 1: this is nested more than 200 levels deep and was not read"],
    );
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let mut nodes = 0;
    read(&laughs).documents[0].walk(&mut |_| nodes += 1);
    assert!(nodes < 200_000, "{nodes}");
}

#[test]
fn json_is_yaml() {
    check(
        "{\n\t\"a\": [1, true, null],\n\t\"b\": {\"c\": \"d\\n\"}\n}\n",
        expect!["{a: [1, true, ], b: {c: d}}"],
    );
}

#[test]
fn a_closing_bracket_may_stand_below_its_key() {
    let text = "a:\n  b: [\n    \"x\",\n    {c: 1,\n  }\n  ]\n  d: 2\n";
    let yaml = super::read(text);
    assert_eq!(yaml.problems, []);
    assert_eq!(yaml.documents[0].flow(), "{a: {b: [x, {c: 1}], d: 2}}");
    let broken = super::read("a:\n  b: [\n  # no\n  ]\n  d: 2\n");
    assert_eq!(broken.documents.len() + broken.problems.len(), 1);
}
