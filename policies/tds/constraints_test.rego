package tds.constraints_test

import data.tds.constraints
import data.tds.fixtures_test as given

state(term, question) := result if {
	result := constraints.state(term) with input as question
}

now(term) := state(term, given.request)

reason(term, kind) := result if {
	result := constraints.reason(term, kind) with input as given.request
}

test_purpose if {
	now(given.term("purpose", "eq", "inference")) == "met"
	now(given.term("purpose", "eq", "training")) == "not_met"
	now(given.term("purpose", "neq", "training")) == "met"
	now(given.term("purpose", "neq", "inference")) == "not_met"
	now(given.term("purpose", "isAnyOf", ["audit", "inference"])) == "met"
	now(given.term("purpose", "isAnyOf", ["audit"])) == "not_met"
	now(given.term("purpose", "isNoneOf", ["training"])) == "met"
	now(given.term("purpose", "isNoneOf", ["inference"])) == "not_met"
}

test_date_time if {
	now(given.term("dateTime", "lt", 1778547600001)) == "met"
	now(given.term("dateTime", "lt", 1778547600000)) == "not_met"
	now(given.term("dateTime", "lteq", 1778547600000)) == "met"
	now(given.term("dateTime", "lteq", 1778547599999)) == "not_met"
	now(given.term("dateTime", "gt", 1778547599999)) == "met"
	now(given.term("dateTime", "gt", 1778547600000)) == "not_met"
	now(given.term("dateTime", "gteq", 1778547600000)) == "met"
	now(given.term("dateTime", "gteq", 1778547600001)) == "not_met"
}

test_time_window if {
	now(given.term("timeWindow", "eq", {"from": 540, "to": 1020, "offset": 480})) == "met"
	now(given.term("timeWindow", "eq", {"from": 540, "to": 1020, "offset": 0})) == "not_met"
	now(given.term("timeWindow", "isAnyOf", [{"from": 0, "to": 1, "offset": 480}, {"from": 540, "to": 541, "offset": 480}])) == "met"
	now(given.term("timeWindow", "isAnyOf", [{"from": 0, "to": 1, "offset": 480}])) == "not_met"
}

test_spatial if {
	now(given.term("spatial", "eq", "44")) == "met"
	now(given.term("spatial", "eq", "45")) == "not_met"
	now(given.term("spatial", "neq", "45")) == "met"
	now(given.term("spatial", "neq", "44")) == "not_met"
	now(given.term("spatial", "isAnyOf", ["44", "45"])) == "met"
	now(given.term("spatial", "isAnyOf", ["45"])) == "not_met"
	now(given.term("spatial", "isNoneOf", ["45"])) == "met"
	now(given.term("spatial", "isNoneOf", ["44"])) == "not_met"
}

test_recipient if {
	now(given.term("recipient", "eq", "did:web:vpp.example")) == "met"
	now(given.term("recipient", "eq", "did:web:other.example")) == "not_met"
	now(given.term("recipient", "neq", "did:web:other.example")) == "met"
	now(given.term("recipient", "neq", "did:web:vpp.example")) == "not_met"
	now(given.term("recipient", "isAnyOf", ["did:web:vpp.example"])) == "met"
	now(given.term("recipient", "isAnyOf", ["did:web:other.example"])) == "not_met"
	now(given.term("recipient", "isNoneOf", ["did:web:other.example"])) == "met"
	now(given.term("recipient", "isNoneOf", ["did:web:vpp.example"])) == "not_met"
}

test_role if {
	now(given.term("role", "eq", "virtual-power-plant")) == "met"
	now(given.term("role", "eq", "bank")) == "not_met"
	now(given.term("role", "isAnyOf", ["bank", "virtual-power-plant"])) == "met"
	now(given.term("role", "isAnyOf", ["bank"])) == "not_met"
	now(given.term("role", "isNoneOf", ["bank"])) == "met"
	now(given.term("role", "isNoneOf", ["virtual-power-plant"])) == "not_met"
}

test_membership if {
	now(given.term("membership", "eq", "active")) == "met"
	now(given.term("membership", "eq", "suspended")) == "not_met"
}

test_count if {
	now(given.term("count", "lteq", 3)) == "met"
	now(given.term("count", "lteq", 2)) == "not_met"
	now(given.term("count", "lt", 4)) == "met"
	now(given.term("count", "lt", 3)) == "not_met"
	now(given.term("count", "eq", 3)) == "met"
	now(given.term("count", "eq", 2)) == "not_met"
}

test_standing_age if {
	young := object.union(given.request, {"subject": {"standing_ms": 1778547600000 - 5000}})
	state(given.term("standingAge", "lteq", 5000), young) == "met"
	state(given.term("standingAge", "lt", 5000), young) == "not_met"
	state(given.term("standingAge", "lteq", 4999), young) == "not_met"
	state(given.term("standingAge", "gt", 5000), young) == "unknown"
	state(given.term("standingAge", "lteq", 5000), object.union(young, {"subject": {"standing_ms": "x"}})) == "missing"
	state(given.term("standingAge", "lteq", 5000), object.union(young, {"stage": "tick"})) == "met"
}

later := given.changed({
	"agreement": {"agreed_at_ms": 1778547600000 - 5000, "first_used_at_ms": 1778547600000 - 3000},
	"subject": {"connector": "urn:connector:a", "standing_ms": 1778547600000 - 2000, "claims": {"clearance": "secret"}},
	"request": {"address": "10.1.2.3", "application": "dashboard"},
	"consents": ["did:web:owner.example", "did:web:mill.example"],
	"transfer": {"format": "HttpData-PULL"},
})

test_elapsed_time if {
	state(given.term("elapsedTime", "lteq", 5000), later) == "met"
	state(given.term("elapsedTime", "lteq", 4999), later) == "not_met"
	state(given.term("elapsedTime", "lt", 5000), later) == "not_met"
	state(given.term("usePeriod", "lteq", 3000), later) == "met"
	state(given.term("usePeriod", "lt", 3000), later) == "not_met"
	state(given.term("elapsedTime", "lteq", 5000), object.union(later, {"now_ms": 5})) == "missing"
	state(given.term("elapsedTime", "lteq", 5000), object.union(later, {"agreement": {"agreed_at_ms": "x"}})) == "missing"
	state(given.term("elapsedTime", "lteq", 5000), object.union(later, {"now_ms": "x"})) == "missing"
}

test_network_address if {
	state(given.term("networkAddress", "eq", "10.0.0.0/8"), later) == "met"
	state(given.term("networkAddress", "isAnyOf", ["192.168.0.0/16", "10.0.0.0/8"]), later) == "met"
	state(given.term("networkAddress", "isNoneOf", ["10.0.0.0/8"]), later) == "not_met"
	state(given.term("networkAddress", "isNoneOf", ["10.0.0.0/8"]), object.union(later, {"request": {"address": "somewhere"}})) == "missing"
}

test_weekday if {
	state(given.term("weekday", "eq", {"day": 2, "offset": 480}), later) == "met"
	state(given.term("weekday", "isAnyOf", [{"day": 1, "offset": 480}, {"day": 2, "offset": 480}]), later) == "met"
	state(given.term("weekday", "eq", {"day": 2, "offset": -120}), later) == "not_met"
	reason_of(given.term("weekday", "isAnyOf", [{"day": 7, "offset": 0}]), "not_met").remedy == "ask on a day of the contract: weekday isAnyOf [{\"day\":7,\"offset\":0}]"
}

test_delivery_method_is_judged_when_the_transfer_starts if {
	transfer := object.union(given.at("transfer"), {"transfer": {"format": "HttpData-PULL"}})
	state(given.term("deliveryMethod", "eq", "HttpData-PULL"), transfer) == "met"
	state(given.term("deliveryMethod", "isAnyOf", ["HttpData-PUSH"]), transfer) == "not_met"
	state(given.term("deliveryMethod", "eq", "HttpData-PULL"), given.at("transfer")) == "missing"
	every stage in ["catalog", "negotiation", "request", "tick"] { deferred_at(stage, "deliveryMethod") }
}

test_connector_application_and_clearance if {
	state(given.term("connector", "eq", "urn:connector:a"), later) == "met"
	state(given.term("connector", "neq", "urn:connector:a"), later) == "not_met"
	state(given.term("application", "isAnyOf", ["dashboard"]), later) == "met"
	state(given.term("application", "isNoneOf", ["dashboard"]), later) == "not_met"
	state(given.term("clearance", "isAnyOf", ["secret"]), later) == "met"
	state(given.term("clearance", "eq", "top"), later) == "not_met"
}

test_consent if {
	state(given.term("consent", "eq", "did:web:owner.example"), later) == "met"
	state(given.term("consent", "isAnyOf", ["did:web:x", "did:web:mill.example"]), later) == "met"
	state(given.term("consent", "eq", "did:web:x"), later) == "not_met"
	state(given.term("consent", "eq", "did:web:x"), object.union(later, {"consents": []})) == "not_met"
}

test_unknown_operand_is_unknown if {
	now(given.term("payAmount", "lteq", 5)) == "unknown"
	now(given.term("Purpose", "eq", "inference")) == "unknown"
	now(given.term("", "eq", "inference")) == "unknown"
}

test_operator_that_the_operand_lacks_is_unknown if {
	now(given.term("purpose", "lteq", "inference")) == "unknown"
	now(given.term("dateTime", "eq", 1778547600000)) == "unknown"
	now(given.term("timeWindow", "neq", {"from": 540, "to": 1020, "offset": 480})) == "unknown"
	now(given.term("role", "neq", "bank")) == "unknown"
	now(given.term("membership", "isAnyOf", ["active"])) == "unknown"
	now(given.term("count", "gt", 3)) == "unknown"
	now(given.term("purpose", "isAllOf", ["inference"])) == "unknown"
}

test_value_of_another_type_is_unknown if {
	now(given.term("purpose", "eq", ["inference"])) == "unknown"
	now(given.term("purpose", "isAnyOf", "inference")) == "unknown"
	now(given.term("purpose", "isNoneOf", [])) == "unknown"
	now(given.term("dateTime", "lteq", "2026-05-12T01:00:00Z")) == "unknown"
	now(given.term("count", "lteq", "10")) == "unknown"
	now(given.term("timeWindow", "eq", "09:00-17:00+08:00")) == "unknown"
}

test_what_is_no_constraint_is_unknown if {
	now("purpose") == "unknown"
	now(null) == "unknown"
	now({}) == "unknown"
	now({"left": "purpose", "op": "eq", "right": "inference"}) == "unknown"
	now({"id": "x", "left": "purpose", "op": "eq"}) == "unknown"
}

test_fact_that_is_absent_is_missing if {
	state(given.term("purpose", "eq", "inference"), object.remove(given.request, ["purpose"])) == "missing"
	state(given.term("purpose", "neq", "training"), object.remove(given.request, ["purpose"])) == "missing"
	state(given.term("dateTime", "lteq", 5), object.remove(given.request, ["now_ms"])) == "missing"
	state(given.term("timeWindow", "eq", {"from": 1, "to": 2, "offset": 0}), object.remove(given.request, ["now_ms"])) == "missing"
	state(given.term("spatial", "neq", "45"), object.remove(given.request, ["subject"])) == "missing"
	state(given.term("recipient", "neq", "did:web:b"), object.remove(given.request, ["subject"])) == "missing"
	state(given.term("role", "isNoneOf", ["bank"]), object.remove(given.request, ["subject"])) == "missing"
	state(given.term("membership", "eq", "active"), object.remove(given.request, ["subject"])) == "missing"
	state(given.term("count", "lteq", 5), object.remove(given.request, ["usage"])) == "missing"
	state(given.term("elapsedTime", "lteq", 5), given.request) == "missing"
	state(given.term("usePeriod", "lteq", 5), given.request) == "missing"
	state(given.term("standingAge", "lteq", 5), given.request) == "missing"
	state(given.term("networkAddress", "isNoneOf", ["10.0.0.0/8"]), given.request) == "missing"
	state(given.term("connector", "neq", "a"), given.request) == "missing"
	state(given.term("application", "neq", "a"), given.request) == "missing"
	state(given.term("clearance", "neq", "a"), given.request) == "missing"
	state(given.term("consent", "eq", "a"), given.request) == "missing"
}

test_fact_of_another_type_is_missing if {
	state(given.term("purpose", "neq", "training"), given.changed({"purpose": null})) == "missing"
	state(given.term("purpose", "neq", "training"), given.changed({"purpose": ["inference"]})) == "missing"
	state(given.term("dateTime", "gteq", 5), given.changed({"now_ms": "1778547600000"})) == "missing"
	state(given.term("dateTime", "gteq", 5), given.changed({"now_ms": 1778547600000.5})) == "missing"
	state(given.term("role", "isNoneOf", ["bank"]), given.changed({"subject": {"claims": {"roles": "bank"}}})) == "missing"
	state(given.term("count", "lteq", 5), given.changed({"usage": {"count": "3"}})) == "missing"
	state(given.term("count", "lteq", 5), given.changed({"usage": {"count": -3}})) == "missing"
}

test_deferred_at_the_catalog if {
	every left in ["purpose", "count", "timeWindow", "dateTime", "elapsedTime", "usePeriod", "standingAge", "networkAddress", "connector", "application", "consent"] { deferred_at("catalog", left) }
	every left in ["spatial", "recipient", "role", "membership", "clearance"] { not deferred_at("catalog", left) }
}

test_deferred_at_negotiation_and_transfer if {
	every stage in ["negotiation", "transfer"] {
		every left in ["purpose", "count", "timeWindow", "standingAge"] { deferred_at(stage, left) }
		every left in ["dateTime", "spatial", "recipient", "role", "membership"] { not deferred_at(stage, left) }
	}
}

test_nothing_is_deferred_at_a_request if {
	every left, _ in object.remove(constraints.operands, ["deliveryMethod"]) { not deferred_at("request", left) }
}

test_tick_judges_what_it_is_given if {
	every left, _ in object.remove(constraints.operands, ["deliveryMethod"]) { not deferred_at("tick", left) }
	question := object.remove(given.at("tick"), ["purpose", "usage"])
	state(given.term("purpose", "eq", "training"), question) == "deferred"
	state(given.term("count", "lteq", 2), question) == "deferred"
	state(given.term("purpose", "eq", "training"), given.at("tick")) == "not_met"
	state(given.term("count", "lteq", 2), given.at("tick")) == "not_met"
}

test_tick_defers_nothing_but_purpose_and_count if {
	question := object.remove(given.at("tick"), ["subject", "now_ms"])
	state(given.term("spatial", "neq", "45"), question) == "missing"
	state(given.term("role", "isNoneOf", ["bank"]), question) == "missing"
	state(given.term("recipient", "neq", "did:web:b"), question) == "missing"
	state(given.term("membership", "eq", "active"), question) == "missing"
	state(given.term("dateTime", "gt", 5), question) == "missing"
	state(given.term("timeWindow", "eq", {"from": 1, "to": 2, "offset": 0}), question) == "missing"
}

test_unknown_comes_before_deferred if {
	state(given.term("purpose", "lteq", "inference"), given.at("catalog")) == "unknown"
}

deferred_at(stage, left) if {
	question := given.at(stage)
	constraints.deferred(left) with input as question
}

test_reason_names_fact_and_term if {
	reason(given.term("purpose", "isAnyOf", ["audit", "inference"]), "not_met") == {
		"code": "constraint_not_met",
		"term": "purpose isAnyOf",
		"message": "purpose is inference; the contract asks purpose isAnyOf [\"audit\",\"inference\"]",
		"remedy": "declare one of: audit, inference",
	}
}

test_remedies_name_what_is_wanted if {
	reason(given.term("purpose", "eq", "audit"), "not_met").remedy == "declare one of: audit"
	reason(given.term("purpose", "neq", "inference"), "not_met").remedy == "declare one of: purpose neq \"inference\""
	reason(given.term("purpose", "isNoneOf", ["inference"]), "not_met").remedy == "declare one of: purpose isNoneOf [\"inference\"]"
	reason(given.term("spatial", "isAnyOf", ["45", "46"]), "not_met").remedy == "present a credential for a region that fits: 45, 46"
	reason(given.term("count", "eq", 2), "not_met").remedy == "the quota is used up; negotiate a new agreement: count eq 2"
	reason(given.term("timeWindow", "isAnyOf", [{"from": 0, "to": 1, "offset": 0}]), "not_met").remedy == "ask within the contract's hours: timeWindow isAnyOf [{\"from\":0,\"offset\":0,\"to\":1}]"
}

test_messages_name_the_fact if {
	reason(given.term("role", "eq", "bank"), "not_met").message == "role is virtual-power-plant; the contract asks role eq \"bank\""
	reason(given.term("count", "lteq", 2), "not_met").message == "count is 3; the contract asks count lteq 2"
	reason(given.term("timeWindow", "eq", {"from": 0, "to": 1, "offset": 0}), "not_met").message == "timeWindow is 2026-05-12T01:00:00Z; the contract asks timeWindow eq {\"from\":0,\"offset\":0,\"to\":1}"
	reason(given.term("purpose", "eq", "audit"), "missing").message == "purpose is not known; the contract asks purpose eq \"audit\""
	reason(given.term("purpose", "eq", "audit"), "missing").remedy == "declare one of: audit"
	reason(given.term("role", "eq", "bank"), "missing").remedy == "present a credential for a role that fits: bank"
}

test_reason_shows_times_in_words if {
	reason(given.term("dateTime", "lteq", 5), "not_met").message == "dateTime is 2026-05-12T01:00:00Z; the contract asks dateTime lteq 5"
}

test_reason_uses_the_words_of_the_author if {
	term := object.union(given.term("dateTime", "lteq", 5), {"text": "dateTime lteq 2026-01-01T00:00:00Z"})
	reason(term, "not_met").remedy == "ask within the contract's time: dateTime lteq 2026-01-01T00:00:00Z"
}

examples := {
	"purpose": ["eq", "a"],
	"dateTime": ["lt", 1],
	"timeWindow": ["isAnyOf", [{"from": 0, "to": 1, "offset": 0}]],
	"spatial": ["isNoneOf", ["a"]],
	"recipient": ["neq", "a"],
	"role": ["isAnyOf", ["a"]],
	"membership": ["eq", "a"],
	"count": ["lteq", 1],
	"elapsedTime": ["lteq", 1],
	"usePeriod": ["lt", 1],
	"standingAge": ["lteq", 1],
	"networkAddress": ["isAnyOf", ["10.0.0.0/8"]],
	"connector": ["neq", "a"],
	"application": ["eq", "a"],
	"clearance": ["isNoneOf", ["a"]],
	"consent": ["isAnyOf", ["a"]],
	"weekday": ["eq", {"day": 1, "offset": 0}],
	"deliveryMethod": ["isAnyOf", ["a"]],
}

test_every_operand_has_its_reasons if {
	every left, _ in constraints.operands {
		example := examples[left]
		every kind in ["not_met", "missing", "unknown"] {
			answer := reason_of(given.term(left, example[0], example[1]), kind)
			is_string(answer.message)
			is_string(answer.remedy)
		}
	}
}

test_no_text_is_shown_as_none if {
	answer := constraints.reason(given.term("consent", "eq", "x"), "not_met") with input as object.union(later, {"consents": []})
	answer.message == "consent is none; the contract asks consent eq \"x\""
}

reason_of(term, kind) := result if {
	result := constraints.reason(term, kind) with input as later
}

test_times_that_have_passed_are_shown_in_seconds if {
	reason_of(given.term("elapsedTime", "lteq", 4000), "not_met").message == "elapsedTime is 5 s; the contract asks elapsedTime lteq 4000"
	reason_of(given.term("networkAddress", "eq", "10.0.0.0/16"), "not_met").message == "networkAddress is 10.1.2.3; the contract asks networkAddress eq \"10.0.0.0/16\""
	reason_of(given.term("consent", "eq", "x"), "not_met").message == "consent is did:web:owner.example, did:web:mill.example; the contract asks consent eq \"x\""
}
