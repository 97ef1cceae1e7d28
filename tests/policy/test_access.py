"""What roles allow, and where."""

import pytest

from botapp.policy.access import ALL_PAGES, PERMISSIONS, Grant, Permission, Role, needs_second_factor, reach


def test_every_role_has_its_permissions_and_only_an_admin_all() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert [role for role in Role if PERMISSIONS[role] == set(Permission)] == [Role.ADMIN]


def test_whoever_writes_campaigns_does_not_approve_them_unless_an_admin() -> None:
    both = {Permission.WRITE_CAMPAIGNS, Permission.APPROVE_CAMPAIGNS}
    assert [role for role in Role if both <= PERMISSIONS[role]] == [Role.ADMIN]


def test_a_role_on_a_page_reaches_that_page_alone() -> None:
    covered = reach([Grant(7, Role.AUDITOR), Grant(8, Role.MARKETER)], Permission.READ_LOG)
    assert covered
    assert not covered.everywhere
    assert [account_id in covered for account_id in (7, 8, 0)] == [True, False, False]


def test_a_role_on_all_pages_reaches_those_of_the_future() -> None:
    covered = reach([Grant(ALL_PAGES, Role.AUDITOR)], Permission.READ_LOG)
    assert covered.everywhere
    assert 123456 in covered


def test_without_the_permission_nothing_is_reached() -> None:
    assert not reach([Grant(ALL_PAGES, Role.MARKETER)], Permission.READ_LOG)
    assert not reach([], Permission.READ_LOG)


@pytest.mark.parametrize("role", list(Role))
def test_all_but_marketers_need_a_second_factor(role: Role) -> None:
    assert needs_second_factor([Grant(3, role)]) is (role is not Role.MARKETER)
