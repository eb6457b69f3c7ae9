-- A comment; with a semicolon
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine');
CREATE TABLE IF NOT EXISTS public."Users" (
    id bigserial PRIMARY KEY,
    name varchar(20) NOT NULL DEFAULT 'ünï;code',
    tags text[] DEFAULT '{}',
    mood mood,
    price numeric(10, 2) CHECK (price > 0),
    org_id int REFERENCES orgs (id) ON DELETE CASCADE,
    CONSTRAINT uq UNIQUE (name, org_id)
);
/* block /* nested */ ; */
CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $body$
BEGIN
    UPDATE "Users" SET name = lower(name) WHERE id = NEW.id;
    RETURN NEW;
END;
$body$ LANGUAGE plpgsql;
CREATE TRIGGER t BEFORE INSERT ON "Users" FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE "Users" ADD COLUMN IF NOT EXISTS email text, ALTER COLUMN name TYPE text USING name::text, DROP COLUMN tags CASCADE;
ALTER TABLE ONLY orgs ADD CONSTRAINT c CHECK (size > 0) NOT VALID;
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad' BEFORE 'ok';
CREATE UNIQUE INDEX CONCURRENTLY i ON "Users" (lower(email)) WHERE email IS NOT NULL;
CREATE VIEW v AS SELECT u.id, o.* FROM "Users" u JOIN orgs o ON o.id = u.org_id;
INSERT INTO orgs (id, name) VALUES (1, E'a\'b'), (2, U&'\0061') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
WITH x AS (SELECT id FROM "Users") DELETE FROM orgs USING x WHERE orgs.id = x.id;
\set ON_ERROR_STOP on
COPY orgs (id, name) FROM stdin;
3	a;b
\.
ALTER TABLE orgs RENAME COLUMN size TO seats;
DO $$ BEGIN PERFORM 1; END $$;
COMMENT ON TABLE orgs IS 'x';
