package tds.decision_test

import data.tds
import data.tds.fixtures_test as given

denying := {"deny": {{"term": "t", "message": "m", "remedy": "r"}}}

test_allowed_decision_has_this_form if {
	given.decide(given.request) == {
		"allow": true,
		"result": "allowed",
		"permission": "permission[0]",
		"reasons": [],
		"duties": [],
	}
}

test_denied_decision_has_this_form if {
	given.decide(given.permitted_if([given.term("purpose", "isAnyOf", ["audit"])])) == {
		"allow": false,
		"result": "denied_by_default",
		"reasons": [{
			"code": "constraint_not_met",
			"term": "purpose isAnyOf",
			"message": "purpose is inference; the contract asks purpose isAnyOf [\"audit\"]",
			"remedy": "declare one of: audit",
		}],
		"duties": [],
	}
}

test_every_question_has_a_decision if {
	every question in [{}, null, true, 5, "x", [], {"agreement": 5}, {"stage": [], "subject": [], "agreement": {"permissions": 1}}] {
		given.decide(question).allow == false
		count(given.decide(question).reasons) > 0
	}
}

test_leaving_out_any_part_never_allows if {
	needed := ["version", "stage", "subject", "action", "product", "agreement"]
	every part in needed { not given.allowed(object.remove(given.request, [part])) }
}

test_reasons_of_parties_and_contract_come_together if {
	question := object.union(given.permitted_if([given.term("purpose", "eq", "training")]), {"subject": {"membership": "suspended"}})
	given.codes(question) == {"membership_not_active", "constraint_not_met"}
}

test_layer_denies_what_the_contract_allows if {
	answer := tds.decision with input as given.request with data.tds.layers.extra as denying
	answer.allow == false
	answer.result == "denied"
	answer.reasons == [{"code": "layer_denied", "term": "t", "message": "m", "remedy": "r"}]
}

test_layer_cannot_allow_what_the_contract_denies if {
	question := given.under([], [])
	answer := tds.decision with input as question with data.tds.layers.extra as {"allow": true, "permission": "x", "deny": set(), "decision": {"allow": true}}
	answer.allow == false
	answer.reasons == given.decide(question).reasons
}

test_layers_add_up if {
	answer := tds.decision with input as given.request
		with data.tds.layers.one as {"deny": {{"term": "1", "message": "m", "remedy": "r"}}}
		with data.tds.layers.two as {"deny": {{"term": "2", "message": "m", "remedy": "r"}}}
	{reason.term | some reason in answer.reasons} == {"1", "2"}
}

test_layer_may_name_its_own_code if {
	answer := tds.decision with input as given.request
		with data.tds.layers.extra as {"deny": {{"code": "export_control", "message": "m"}}}
	answer.reasons == [{"code": "export_control", "term": "extra", "message": "m", "remedy": "ask the operator of the space"}]
}

test_layer_whose_denial_is_no_object_denies if {
	answer := tds.decision with input as given.request with data.tds.layers.extra as {"deny": {"no"}}
	answer.allow == false
	answer.reasons[0].code == "layer_denied"
	answer.reasons[0].term == "extra"
}

test_layer_whose_deny_is_no_set_denies if {
	every deny in [true, "no", 5, ["no"], {"no": "no"}, [], {}] {
		answer := tds.decision with input as given.request with data.tds.layers.extra as {"deny": deny}
		answer.allow == false
	}
}

test_layer_duty_makes_the_decision_conditional if {
	answer := tds.decision with input as given.request with data.tds.layers.extra as {"duties": {"log", "notify"}}
	answer.allow == false
	answer.result == "conditional"
	answer.duties == ["log", "notify"]
	answer.reasons[0].code == "duty_outstanding"
	answer.reasons[0].term == "duties"
}

test_decision_is_taken_again_after_the_duties if {
	partly := given.changed({"duties_done": ["log"]})
	first := tds.decision with input as partly with data.tds.layers.extra as {"duties": {"log", "notify"}}
	first.duties == ["notify"]

	fully := given.changed({"duties_done": ["log", "notify"]})
	second := tds.decision with input as fully with data.tds.layers.extra as {"duties": {"log", "notify"}}
	second.allow == true
}

test_layer_duty_is_not_owed_before_there_is_a_use if {
	every stage in ["catalog", "negotiation", "transfer"] {
		answer := tds.decision with input as given.at(stage) with data.tds.layers.extra as {"duties": {"log"}}
		answer.allow == true
	}
	tick := tds.decision with input as given.at("tick") with data.tds.layers.extra as {"duties": {"log"}}
	tick.result == "conditional"
}

test_duties_of_contract_and_layer_add_up if {
	owing := object.union(given.request, {"agreement": {"duties": [{"id": "permission[0].duty[0]", "rule": "permission[0]", "action": "log"}]}})
	answer := tds.decision with input as owing with data.tds.layers.extra as {"duties": {"notify"}}
	answer.duties == ["log", "notify"]
}

test_duty_does_not_hide_a_denial if {
	answer := tds.decision with input as given.under([], []) with data.tds.layers.extra as {"duties": {"log"}}
	answer.result == "denied_by_default"
	answer.duties == []
}

test_layer_whose_duties_are_no_set_denies if {
	every duties in [true, "log", 5, ["log"], {"log": "log"}, [], {}] {
		answer := tds.decision with input as given.request with data.tds.layers.extra as {"duties": duties}
		answer.allow == false
		answer.result == "denied"
		answer.duties == []
	}
}
