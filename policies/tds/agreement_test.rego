package tds.agreement_test

import data.tds.agreement
import data.tds.fixtures_test as given

inference := given.term("purpose", "eq", "inference")

training := given.term("purpose", "eq", "training")

few := given.term("count", "lteq", 2)

alien := given.term("payAmount", "lteq", 5)

test_no_permission_denies if {
	given.codes(given.under([], [])) == {"no_permission"}
}

test_permission_without_constraints_allows if {
	given.allowed(given.permitted_if([]))
}

test_all_constraints_of_a_permission_have_to_hold if {
	given.allowed(given.permitted_if([inference]))
	not given.allowed(given.permitted_if([inference, few]))
}

test_all_failing_constraints_are_reported if {
	given.terms(given.permitted_if([training, inference, few])) == {"purpose eq", "count lteq"}
	count(given.decide(given.permitted_if([training, few])).reasons) == 2
}

test_one_of_two_permissions_is_enough if {
	question := given.under([given.permission(0, [training]), given.permission(1, [inference])], [])
	given.allowed(question)
	given.decide(question).permission == "permission[1]"
}

test_first_of_two_matching_permissions_is_named if {
	question := given.under([given.permission(0, []), given.permission(1, [])], [])
	given.decide(question).permission == "permission[0]"
}

test_reasons_of_all_permissions_are_reported if {
	question := given.under([given.permission(0, [training]), given.permission(1, [few])], [])
	given.terms(question) == {"purpose eq", "count lteq"}
}

test_deferred_constraint_does_not_stand_in_the_way if {
	question := object.union(given.at("negotiation"), {"agreement": {"permissions": [given.permission(0, [training, few])]}})
	given.allowed(question)
}

test_rules_for_another_action_do_not_count if {
	question := object.union(given.under([given.permission(0, [training])], [given.prohibition(0, [])]), {"action": "distribute"})
	given.codes(question) == {"no_permission"}
	given.decide(question).result == "denied_by_default"
	agreement.inapplicable(0, {"action": "use"}) with input as question
	not inapplicable({"action": "distribute"}, question)
}

inapplicable(rule, question) if {
	agreement.inapplicable(0, rule) with input as question
}

test_permission_for_another_action_does_not_count if {
	given.codes(given.changed({"action": "distribute"})) == {"no_permission"}
	given.codes(object.remove(given.request, ["action"])) == {"no_permission"}
}

test_prohibition_beats_permission if {
	question := given.prohibited_if([inference])
	not given.allowed(question)
	given.codes(question) == {"prohibited"}
	given.terms(question) == {"prohibition[0]"}
	given.decide(question).result == "denied"
}

test_prohibition_without_constraints_always_applies if {
	given.codes(given.prohibited_if([])) == {"prohibited"}
}

test_prohibition_applies_only_when_all_its_constraints_hold if {
	given.allowed(given.prohibited_if([training]))
	given.allowed(given.prohibited_if([inference, few]))
}

test_one_of_two_prohibitions_is_enough_to_deny if {
	question := given.under([given.permission(0, [])], [given.prohibition(0, [training]), given.prohibition(1, [inference])])
	given.terms(question) == {"prohibition[1]"}
}

test_deferred_prohibition_does_not_apply_yet if {
	question := object.union(given.at("negotiation"), {"agreement": {"prohibitions": [given.prohibition(0, [inference])]}})
	given.allowed(question)
}

test_prohibition_that_cannot_be_judged_denies if {
	question := object.remove(given.prohibited_if([training]), ["purpose"])
	given.codes(question) == {"missing_context"}
	given.terms(question) == {"purpose eq"}
}

test_only_prohibitions_that_may_apply_are_reported if {
	question := given.under([given.permission(0, [])], [given.prohibition(0, []), given.prohibition(1, [training, given.term("spatial", "eq", "45")])])
	given.terms(object.remove(question, ["purpose"])) == {"prohibition[0]"}
}

test_prohibition_that_is_not_understood_may_apply if {
	given.codes(given.prohibited_if([alien])) == {"unknown_term", "prohibited"}
	given.terms(given.prohibited_if([alien])) == {"payAmount lteq", "agreement.prohibitions"}
}

test_prohibitions_that_are_no_list_do_not_let_anything_pass if {
	every prohibitions in ["", "none", null, {}, 5] {
		question := given.changed({"agreement": {"prohibitions": prohibitions}})
		not unprohibited(question)
	}
}

unprohibited(question) if {
	agreement.unprohibited with input as question
}

test_prohibition_that_fails_anyway_needs_no_further_fact if {
	given.allowed(object.remove(given.prohibited_if([training, given.term("spatial", "eq", "45")]), ["purpose"]))
}

test_permission_that_cannot_be_judged_does_not_match if {
	question := object.remove(given.permitted_if([inference]), ["purpose"])
	given.codes(question) == {"missing_context"}
}

test_permission_that_cannot_be_judged_does_not_spoil_another if {
	question := given.under([given.permission(0, [inference]), given.permission(1, [])], [])
	given.allowed(object.remove(question, ["purpose"]))
}

test_unknown_term_anywhere_denies if {
	given.codes(given.under([given.permission(0, []), given.permission(1, [alien])], [])) == {"unknown_term"}
	given.codes(given.prohibited_if([training, alien])) == {"unknown_term"}
	given.terms(given.prohibited_if([training, alien])) == {"payAmount lteq"}
}

test_unknown_term_is_found_at_the_catalog if {
	question := object.union(given.at("catalog"), {"agreement": {"permissions": [given.permission(0, [alien])]}})
	"unknown_term" in given.codes(question)
}

test_malformed_contract_is_not_readable if {
	every change in [
		{"permissions": {}},
		{"permissions": "all"},
		{"permissions": ["permission[0]"]},
		{"permissions": [{"id": "x", "action": "use"}]},
		{"permissions": [{"id": "x", "action": "use", "constraints": {}}]},
		{"permissions": [{"id": "x", "action": "use", "constraints": "none"}]},
		{"permissions": [{"id": "x", "action": "distribute", "constraints": []}]},
		{"permissions": [{"action": "use", "constraints": []}]},
		{"permissions": [{"id": "x", "action": "use", "constraints": ["purpose"]}]},
		{"prohibitions": null},
		{"prohibitions": {}},
		{"prohibitions": [null]},
		{"prohibitions": [{"id": "x", "constraints": []}]},
		{"prohibitions": [{"id": "x", "action": "distribute", "constraints": []}]},
		{"duties": [{"action": "delete"}]},
		{"duties": null},
	] {
		question := given.changed({"agreement": change})
		not given.allowed(question)
		"unknown_term" in given.codes(question)
	}
}

logged := {"id": "permission[0].duty[0]", "rule": "permission[0]", "action": "log"}

owing(permissions, duties) := object.union(given.request, {"agreement": {"permissions": permissions, "duties": duties}})

test_duty_is_owed_before_release if {
	question := owing([given.permission(0, [])], [logged])
	given.codes(question) == {"duty_outstanding"}
	given.decide(question).result == "conditional"
	given.decide(question).duties == ["log"]
	given.allowed(object.union(question, {"duties_done": ["log"]}))
	not given.allowed(object.union(question, {"duties_done": ["notify"]}))
	not given.allowed(object.union(question, {"duties_done": "log"}))
}

test_every_duty_of_the_permission_is_owed if {
	question := owing([given.permission(0, [])], [logged, object.union(logged, {"id": "permission[0].duty[1]", "action": "inform"})])
	given.decide(question).duties == ["inform", "log"]
	given.decide(object.union(question, {"duties_done": ["log"]})).duties == ["inform"]
	given.allowed(object.union(question, {"duties_done": ["inform", "log"]}))
}

test_duty_is_owed_while_a_stream_runs if {
	question := object.union(owing([given.permission(0, [])], [logged]), {"stage": "tick"})
	given.codes(question) == {"duty_outstanding"}
	given.allowed(object.union(question, {"duties_done": ["log"]}))
}

test_duty_is_not_owed_before_there_is_a_use if {
	every stage in ["catalog", "negotiation"] {
		given.allowed(object.union(given.at(stage), {"agreement": {"duties": [logged]}}))
	}
	given.allowed(object.union(given.at("transfer"), {"agreement": {"duties": [logged]}}))
}

test_duty_belongs_to_its_permission if {
	first := [given.permission(0, [training]), given.permission(1, [])]
	given.allowed(owing(first, [logged]))
	given.codes(owing(first, [object.union(logged, {"rule": "permission[1]"})])) == {"duty_outstanding"}
}

test_duty_does_not_permit if {
	question := object.union(owing([given.permission(0, [training])], [logged]), {"duties_done": ["log"]})
	given.codes(question) == {"constraint_not_met"}
}

test_duty_that_is_not_understood_denies if {
	every duty in [
		object.union(logged, {"action": "delete"}),
		object.remove(logged, ["action"]),
		object.union(logged, {"rule": "permission[7]"}),
		object.remove(logged, ["rule"]),
		object.remove(logged, ["id"]),
		"log",
		null,
	] {
		question := object.union(owing([given.permission(0, [])], [duty]), {"duties_done": ["log", "delete"]})
		given.codes(question) == {"unknown_term"}
	}
	given.codes(owing([given.permission(0, [])], {"log": logged})) == {"unknown_term"}
}

test_contract_without_its_lists_is_not_readable if {
	every list in ["permissions", "prohibitions", "duties"] {
		question := object.union(object.remove(given.request, ["agreement"]), {"agreement": object.remove(given.agreement, [list])})
		not given.allowed(question)
		"unknown_term" in given.codes(question)
	}
}

test_reasons_are_never_undefined if {
	every question in [{}, null, [], "x", {"agreement": []}, {"agreement": {"permissions": [1], "prohibitions": [1]}}] {
		reasons := agreement.reasons with input as question
		count(reasons) > 0
	}
}

test_general_reason_stands_in_when_none_can_be_named if {
	agreement.named_or(set(), "general") == {"general"}
	agreement.named_or({"named"}, "general") == {"named"}
}
