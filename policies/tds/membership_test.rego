package tds.membership_test

import data.tds.membership

applying := {
	"step": "apply",
	"today": "2026-11-29",
	"organisation_required": true,
	"participant": {"id": "did:web:mill.example", "region": "31", "roles": ["provider"]},
	"organisation": {"credit_code": "91310000MA1FL3K75Y", "authorised_until": "2026-11-29"},
}

decided(question) := answer if {
	answer := membership.decision with input as question
}

codes(question) := {reason.code | some reason in decided(question).reasons}

test_an_application_is_for_a_person_to_review if {
	decided(applying) == {"result": "review", "reasons": []}
	decided(object.union(applying, {"by_policy_alone": false})).result == "review"
	decided(object.union(applying, {"by_policy_alone": "yes"})).result == "review"
}

test_a_space_may_leave_it_to_the_policy if {
	decided(object.union(applying, {"by_policy_alone": true})) == {"result": "allowed", "reasons": []}
}

test_the_operator_may_take_each_step if {
	every step in ["admit", "suspend", "leave", "change"] {
		decided(object.union(applying, {"step": step})) == {"result": "allowed", "reasons": []}
	}
}

test_an_unknown_step_is_denied if {
	codes(object.union(applying, {"step": "promote"})) == {"unknown_step"}
	codes(object.remove(applying, ["step"])) == {"unknown_step"}
	"unknown_step" in codes({})
}

test_an_authorisation_that_has_ended_is_denied_on_the_way_in if {
	every until in ["2026-11-28", "", null, 20261130] {
		ended := object.union(applying, {"organisation": {"authorised_until": until}})
		codes(ended) == {"authorisation_ended"}
		codes(object.union(ended, {"step": "admit"})) == {"authorisation_ended"}
		codes(object.union(ended, {"step": "leave"})) == set()
		codes(object.union(ended, {"step": "suspend"})) == set()
	}
	codes(object.remove(applying, ["today"])) == {"authorisation_ended"}
}

test_an_authorisation_without_an_end_lasts if {
	codes(json.remove(applying, ["organisation/authorised_until"])) == set()
}

test_a_space_may_demand_the_organisation if {
	codes(object.remove(applying, ["organisation"])) == {"organisation_missing"}
	codes(object.union(applying, {"organisation": null})) == {"organisation_missing"}
	codes(object.union(object.remove(applying, ["organisation"]), {"organisation_required": false})) == set()
	codes(object.union(object.remove(applying, ["organisation"]), {"step": "leave"})) == set()
}

test_a_layer_narrows if {
	membership.decision == {
		"result": "denied",
		"reasons": [{"code": "layer_denied", "term": "own", "message": "no mills", "remedy": "ask the operator of the space"}],
	} with input as applying
		with data.tds.layers as {"own": {"membership_deny": {"no mills"}}}
	membership.decision.result == "denied" with input as applying
		with data.tds.layers as {"own": {"membership_deny": {{"code": "x"}}}}
	membership.decision.result == "denied" with input as applying
		with data.tds.layers as {"own": {"membership_deny": []}}
	membership.decision.result == "review" with input as applying
		with data.tds.layers as {"own": {"membership_deny": set()}}
}

test_a_layer_keeps_nobody_in if {
	membership.decision.result == "allowed" with input as object.union(applying, {"step": "leave"})
		with data.tds.layers as {"own": {"membership_deny": {"no mills"}}}
}
