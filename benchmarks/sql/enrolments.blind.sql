-- The rival that knows nothing of differences: the whole file copied in, and every row of it upserted.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
CREATE TEMP TABLE incoming (cmd TEXT, cid TEXT, uid TEXT, rolename TEXT, enrol TEXT, starttime BIGINT, endtime BIGINT, gcmd TEXT);
\copy incoming FROM '@FILE@' (FORMAT csv, HEADER, DELIMITER ';')
ANALYZE incoming;
INSERT INTO enrolments (course_id, user_id, method, role, via, starttime, endtime, status, state, data_source, created_run, run)
SELECT c.id, u.id, i.enrol, i.rolename, 0, i.starttime, i.endtime, 0, 'enabled', 'sis', 0, 0
FROM incoming i
JOIN courses c ON c.shortname = i.cid AND c.state <> 'deleted'
JOIN users u ON u.username = i.uid AND u.state <> 'deleted'
WHERE i.cmd = 'add'
ORDER BY 1, 2, 3, 4
ON CONFLICT (course_id, user_id, method, role, via)
DO UPDATE SET starttime = excluded.starttime, endtime = excluded.endtime, state = 'enabled', run = excluded.run;
COMMIT;
