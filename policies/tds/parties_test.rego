package tds.parties_test

import data.tds.fixtures_test as given
import data.tds.parties

failed(question) := names if {
	names := parties.failed with input as question
}

test_starting_point_fails_no_check_at_any_stage if {
	every stage in ["catalog", "negotiation", "transfer", "request", "tick"] {
		failed(given.at(stage)) == set()
	}
}

test_empty_input_fails_every_check if {
	failed({}) == {name | some name, _ in parties.checks}
	failed(null) == {name | some name, _ in parties.checks}
	failed([]) == {name | some name, _ in parties.checks}
}

test_other_version_is_refused if {
	failed(given.changed({"version": 2})) == {"version"}
	failed(given.changed({"version": "1"})) == {"version"}
	failed(object.remove(given.request, ["version"])) == {"version"}
}

test_unknown_stage_demands_everything if {
	"stage" in failed(given.changed({"stage": "preview"}))
	"filed" in failed(object.union(given.at("negotiation"), {"stage": "preview"}))
	"stage" in failed(object.remove(given.request, ["stage"]))
}

test_no_contract if {
	failed(object.remove(given.at("catalog"), ["agreement"])) == {"contract", "party"}
	"contract" in failed(object.remove(given.request, ["agreement"]))
	failed(object.union(given.at("catalog"), {"agreement": null})) == {"contract", "party"}
}

test_offer_cannot_be_used if {
	every stage in parties.stages_of_use {
		failed(object.union(given.at(stage), {"agreement": {"kind": "offer"}})) == {"contract"}
	}
}

test_unknown_kind_of_contract if {
	failed(object.union(given.at("catalog"), {"agreement": {"kind": "set"}})) == {"contract"}
}

test_membership_is_demanded_at_every_stage if {
	stages := parties.stages_before_use | parties.stages_of_use
	every stage in stages {
		failed(object.union(given.at(stage), {"subject": {"membership": "suspended"}})) == {"member"}
		failed(object.union(given.at(stage), {"subject": {"membership": null}})) == {"member"}
	}
}

test_only_the_assignee_uses_an_agreement if {
	every stage in parties.stages_of_use {
		failed(object.union(given.at(stage), {"subject": {"id": "did:web:other.example"}})) == {"party"}
		failed(object.union(given.at(stage), {"agreement": {"assignee": null}})) == {"party"}
	}
}

test_nobody_is_not_the_assignee_of_a_contract_with_nobody if {
	failed(given.changed({"subject": {"id": null}, "agreement": {"assignee": null}})) == {"party"}
}

test_offer_to_one_participant_is_not_for_others if {
	every stage in parties.stages_before_use {
		failed(object.union(given.at(stage), {"agreement": {"assignee": "did:web:other.example"}})) == {"party"}
		failed(object.union(given.at(stage), {"agreement": {"assignee": "did:web:vpp.example"}})) == set()
	}
}

test_agreement_covers_its_own_product_only if {
	every stage in parties.stages_of_use {
		failed(object.union(given.at(stage), {"product": {"id": "customer_dim"}})) == {"product"}
		failed(object.union(given.at(stage), {"agreement": {"target": null}})) == {"product"}
	}
}

test_agreement_has_to_be_active if {
	every stage in parties.stages_of_use {
		every state in ["suspended", "terminated", "retired", null, true] {
			failed(object.union(given.at(stage), {"agreement": {"state": state}})) == {"active"}
		}
	}
}

test_agreement_has_to_be_filed if {
	every stage in parties.stages_of_use {
		every filed in [false, null, "true", 1] {
			failed(object.union(given.at(stage), {"agreement": {"filed": filed}})) == {"filed"}
		}
	}
}

test_agreement_may_be_shown_before_use if {
	every stage in parties.stages_before_use {
		failed(object.union(given.at(stage), {"agreement": {"kind": "agreement"}})) == set()
	}
}

test_no_product_is_not_the_product_of_an_agreement_without_one if {
	failed(given.changed({"product": {"id": null}, "agreement": {"target": null}})) == {"product"}
}

test_every_check_has_its_code if {
	{name: check.code | some name, check in parties.checks} == {
		"version": "unsupported_version",
		"stage": "unknown_stage",
		"contract": "no_agreement",
		"member": "membership_not_active",
		"party": "not_a_party",
		"product": "no_permission",
		"active": "agreement_not_active",
		"filed": "not_filed",
	}
}

test_every_check_has_its_reason if {
	every _, check in parties.checks {
		every field in ["code", "term", "message", "remedy"] { is_string(check[field]) }
	}
}

test_all_failed_checks_are_reported if {
	question := given.changed({
		"subject": {"id": "did:web:other.example", "membership": "suspended"},
		"agreement": {"state": "suspended", "filed": false},
	})
	given.codes(question) == {"not_a_party", "membership_not_active", "agreement_not_active", "not_filed"}
}
