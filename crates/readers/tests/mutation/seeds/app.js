const { Pool } = require("pg");
module.exports = async (id) => {
  const r = /ab+c\/[/]/gi.test(id);
  return new Pool().query('SELECT * FROM users WHERE name = \'x\' /* y */', [id, r]);
};
