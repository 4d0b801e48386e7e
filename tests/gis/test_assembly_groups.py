"""Groups of neighbouring sites, against exhaustive search where that is possible."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landportal.gis.assembly import MEMBERS_MAX, Site, find_groups
from landportal.gis.assembly.groups import EXACT_SITES, GRAPHS_MAX

M2 = 10_000


def site(number, ha, owner="A", x=0.0, y=0.0):
    return Site(number, ha * M2, owner, x, y)


def hangs_together(members, pairs):
    reached, rest = {members[0]}, set(members[1:])
    while near := {one for one in rest if any({one, other} in pairs for other in reached)}:
        reached |= near
        rest -= near
    return not rest


@st.composite
def graphs(draw, most=EXACT_SITES):
    number = draw(st.integers(1, most))
    sites = [site(n, draw(st.integers(1, 9)), draw(st.sampled_from("ABC")), n, 0) for n in range(number)]
    possible = list(combinations(range(number), 2))
    pairs = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    return sites, pairs


@settings(max_examples=300, deadline=None)
@given(graphs(), st.integers(1, 40))
def test_in_small_graphs_the_first_answer_is_the_best_there_is(graph, ha):
    sites, pairs = graph
    edges = [set(pair) for pair in pairs]
    fitting = [
        (count, len({sites[n].owner for n in members}), -sum(sites[n].area_m2 for n in members))
        for count in range(1, len(sites) + 1)
        for members in combinations(range(len(sites)), count)
        if sum(sites[n].area_m2 for n in members) >= ha * M2 and hangs_together(members, edges)
    ]
    found = find_groups(sites, pairs, ha * M2, 5)
    assert bool(found) == bool(fitting)
    if found:
        best = found[0]
        assert (len(best.members), best.owners, -best.area_m2) == min(fitting)


@settings(max_examples=200, deadline=None)
@given(graphs(most=40), st.integers(1, 40))
def test_a_group_reaches_the_size_hangs_together_and_shares_nothing_with_another(graph, ha):
    sites, pairs = graph
    edges = [set(pair) for pair in pairs]
    found = find_groups(sites, pairs, ha * M2, 8)
    for group in found:
        assert group.area_m2 == sum(sites[n].area_m2 for n in group.members) >= ha * M2
        assert group.owners == len({sites[n].owner for n in group.members})
        assert hangs_together(group.members, edges)
        assert len(group.members) <= MEMBERS_MAX
    taken = [one for group in found for one in group.members]
    assert len(taken) == len(set(taken))


def test_fewer_parcels_come_before_fewer_owners_and_those_before_more_land():
    sites = [site(1, 6), site(2, 6), site(3, 12), site(11, 6, "A"), site(12, 6, "B"), site(21, 6), site(22, 7)]
    found = find_groups(sites, [(1, 2), (11, 12), (21, 22)], 12 * M2, 10)
    assert [group.members for group in found] == [(3,), (21, 22), (1, 2), (11, 12)]


def test_what_not_even_the_largest_dozen_reach_is_not_looked_for():
    row = [site(n, 1, x=n) for n in range(100)]
    assert find_groups(row, [(n, n + 1) for n in range(99)], (MEMBERS_MAX + 1) * M2, 5) == []


def test_neighbours_that_are_not_asked_about_do_not_matter():
    assert find_groups([site(1, 5)], [(1, 2), (2, 3)], 8 * M2, 5) == []


@pytest.mark.parametrize("most", [1, 3])
def test_of_many_places_the_best_are_told(most):
    pairs = [(place * 100 + n, place * 100 + n + 1) for place in range(GRAPHS_MAX * 2) for n in range(1, 8)]
    sites = [site(place * 100 + n, 1 + place / 1000) for place in range(GRAPHS_MAX * 2) for n in range(1, 9)]
    found = find_groups(sites, pairs, 4 * M2, most)
    assert len(found) == most
    assert all(len(group.members) == 4 for group in found)
