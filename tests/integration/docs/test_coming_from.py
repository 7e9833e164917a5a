"""Whoever comes from Moodle's tool_sync finds every name that they know."""

from pathlib import Path

import pytest

from syncd.dialects.moodle.dialect import MOODLE

PAGE = (Path(__file__).parents[3] / "docs" / "coming-from-tool_sync.md").read_text("utf-8")
SETTINGS = """
encoding csvseparator discardfileonfailure invalidnamesnocheck enrolcleanup storereport filearchive filefailed
filecleanup fileareacleanupdelay emulatecommunity
courses_fileuploadlocation courses_fileuploadidentifier courses_coursecategoryidentifier courses_newcategoriesvisible
courses_protectcategory courses_forceupdate courses_template_mode courses_filedeletelocation
courses_filedeleteidentifier courses_fileexistlocation courses_existfileidentifier courses_fileresetlocation
courses_fileresetidentifier courses_filemetabindinglocation courses_filemetabindingidentifier
users_filelocation users_primaryidentity courses_primaryidentity users_createpasswords users_sendpasswordtousers
users_allowrename users_protectemails
enrols_filelocation enrols_courseidentifier enrols_useridentifier enrols_protectgroups enrols_enableenrolondisabled
enrols_mailadmins enrols_defaultcmd userpictures_fileprefix userpictures_userfield userpictures_overwrite
userpictures_forcedeletion cohorts_filelocation cohorts_coursebindingfilelocation cohorts_useridentifier
cohorts_cohortidentifier cohorts_courseidentifier cohorts_roleidentifier cohorts_autocreate cohorts_syncdelete
groups_filelocation groupmembers_filelocation groups_courseidentifier groups_useridentifier groups_groupidentifier
groups_groupingidentifier groups_autogrouping groups_purgeemptygroups groups_mailadmins
"""
SERVICES = """
set_config commit_file process check_course deploy_course enrol_user_enrol enrol_users_enrol enrol_user_unenrol
enrol_users_unenrol enrol_role_assign enrol_role_assigns enrol_role_unassign enrol_role_unassigns get_enrolled_users
get_enrolled_full_users get_cohorts cohort_bind cohort_unbind cohort_suspend_enrol cohort_restore_enrol
cohort_get_users cohort_delete cohort_add_members cohort_delete_members
"""
SCRIPTS = """
process_courses bulkprocesscourses cleanup_files generate_userpicture_hashes transbase_cohorts
transbase_cohort_sync_enrols
"""


@pytest.mark.parametrize("name", " ".join([SETTINGS, SERVICES, SCRIPTS]).split())
def test_every_name_of_the_model_is_told(name):
    """Also what is not offered, with the reason."""
    assert f"`{name}`" in PAGE or f"`{name} " in PAGE


@pytest.mark.parametrize("name", [*MOODLE.files, *MOODLE.archives])
def test_every_file_of_the_model_is_told(name):
    """Under the name that it has there, with the object that it is here."""
    (row,) = [line for line in PAGE.splitlines() if f"| `{name}` |" in line]
    file = {**MOODLE.files, **MOODLE.archives}[name]
    assert any(default.partition(".")[0].rstrip("_1") in row for default in file.default_names)
