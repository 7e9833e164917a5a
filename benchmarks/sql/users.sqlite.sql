-- As for enrolments: import, keep what differs, insert and update that.
.bail on
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -131072;
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE incoming (username TEXT, idnumber TEXT, firstname TEXT, lastname TEXT, email TEXT, lang TEXT,
                            country TEXT, city TEXT, institution TEXT, department TEXT);
.mode csv
.separator ; \n
.import --skip 1 "@FILE@" incoming
BEGIN IMMEDIATE;
CREATE TEMP TABLE differing AS
SELECT u.id AS id, i.*
FROM incoming i
LEFT JOIN users u ON u.idnumber = i.idnumber AND u.state <> 'deleted'
WHERE u.id IS NULL OR u.username IS NOT i.username OR u.firstname IS NOT i.firstname OR u.lastname IS NOT i.lastname
   OR u.email IS NOT i.email OR u.lang IS NOT i.lang OR u.country IS NOT i.country OR u.city IS NOT i.city
   OR u.institution IS NOT i.institution OR u.department IS NOT i.department;
INSERT INTO users (id, username, idnumber, firstname, lastname, email, lang, country, city, institution, department,
                   auth, state, data_source, created_run, run)
SELECT (SELECT COALESCE(MAX(id), 0) FROM users) + ROW_NUMBER() OVER (ORDER BY rowid),
       username, idnumber, firstname, lastname, email, lang, country, city, institution, department,
       'manual', 'enabled', 'sis', 0, 0
FROM differing WHERE id IS NULL;
UPDATE users SET username = d.username, firstname = d.firstname, lastname = d.lastname, email = d.email, lang = d.lang,
                 country = d.country, city = d.city, institution = d.institution, department = d.department, run = 0
FROM differing d
WHERE users.id = d.id;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
