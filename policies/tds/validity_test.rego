package tds.validity_test

import data.tds
import data.tds.fixtures_test as given
import data.tds.validity

now := 1778547600000

hour := 3600000

no_end := 253402300799999

validity_of(question) := result if {
	result := validity.answer.validity with input as question
}

until(term) := validity_of(given.under([given.permission(0, [term]), given.permission(1, [])], [])).until_ms

at_most(term, usage) := validity_of(object.union(given.under([given.permission(0, [term]), given.permission(1, [])], []), {"usage": usage})).at_most

quota(name, op, right) := object.union(given.term("quota", op, right), {"of": name})

test_answer_holds_the_decision if {
	answer := validity.answer with input as given.request
	answer.decision == given.decide(given.request)
	answer.validity == {"until_ms": no_end, "at_most": {}, "layers": {}}
}

test_denial_has_no_validity if {
	validity_of(given.under([], [])) == null
	validity_of({}) == null
	validity_of(null) == null
	validity_of(object.remove(given.request, ["now_ms"])) == null
}

test_conditional_answer_has_no_validity if {
	answer := validity.answer with input as given.request with data.tds.layers.extra as {"duties": {"log"}}
	answer.validity == null
}

test_dates if {
	until(given.term("dateTime", "lt", now + 5)) == now + 5
	until(given.term("dateTime", "lteq", now + 5)) == now + 6
	until(given.term("dateTime", "lteq", now)) == now + 1
	until(given.term("dateTime", "gt", now + 5)) == now + 6
	until(given.term("dateTime", "gteq", now + 5)) == now + 5
	until(given.term("dateTime", "gteq", now)) == no_end
	until(given.term("dateTime", "gt", now - 1)) == no_end
	until(given.term("dateTime", "lt", now)) == no_end
}

test_windows_end_and_begin if {
	until(given.term("timeWindow", "eq", {"from": 540, "to": 1020, "offset": 480})) == now + (8 * hour)
	until(given.term("timeWindow", "eq", {"from": 600, "to": 1020, "offset": 480})) == now + hour
	until(given.term("timeWindow", "eq", {"from": 1320, "to": 360, "offset": 480})) == now + (13 * hour)
	until(given.term("timeWindow", "eq", {"from": 360, "to": 540, "offset": 480})) == now + (21 * hour)
	until(given.term("timeWindow", "eq", {"from": 0, "to": 1440, "offset": 480})) == now + (15 * hour)
	until(given.term("timeWindow", "isAnyOf", [{"from": 540, "to": 1020, "offset": 480}, {"from": 1200, "to": 570, "offset": 480}])) == now + (hour / 2)
}

test_days_end_at_midnight if {
	until(given.term("weekday", "eq", {"day": 2, "offset": 480})) == now + (15 * hour)
	until(given.term("weekday", "isAnyOf", [{"day": 1, "offset": 480}, {"day": 3, "offset": -60}])) == now + (15 * hour)
	until(given.term("weekday", "eq", {"day": 3, "offset": -60})) == now + (24 * hour)
}

test_elapsed_times if {
	question := given.changed({"agreement": {"agreed_at_ms": now - 5, "first_used_at_ms": now - 3}})
	elapsed(question, given.term("elapsedTime", "lteq", 5)) == now + 1
	elapsed(question, given.term("elapsedTime", "lt", 6)) == now + 1
	elapsed(question, given.term("elapsedTime", "gt", 6)) == now + 2
	elapsed(question, given.term("elapsedTime", "gteq", 6)) == now + 1
	elapsed(question, given.term("usePeriod", "lteq", 10)) == now + 8
	elapsed(question, given.term("usePeriod", "lteq", 2)) == no_end
	elapsed(question, given.term("usePeriod", "lt", 3)) == no_end
	elapsed(given.request, given.term("usePeriod", "lt", 3)) == no_end
	elapsed(given.changed({"agreement": {"agreed_at_ms": now + 7}}), given.term("elapsedTime", "lt", 3)) == now + 7
}

elapsed(question, term) := validity_of(object.union(question, {"agreement": {"permissions": [given.permission(0, [term]), given.permission(1, [])]}})).until_ms

test_standing_grows_old if {
	question := object.union(given.request, {"subject": {"standing_ms": now - 5}})
	elapsed(question, given.term("standingAge", "lteq", 5)) == now + 1
	elapsed(question, given.term("standingAge", "lt", 9)) == now + 4

	# It may be young again at any moment, and then another permission is the first.
	validity_of(object.union(question, {"agreement": {"permissions": [given.permission(0, [given.term("standingAge", "lteq", 4)]), given.permission(1, [])]}})) == null
	validity_of(object.union(given.request, {"agreement": {"permissions": [given.permission(0, [given.term("standingAge", "lteq", 4)]), given.permission(1, [])]}})) == null
}

test_answer_after_the_duties_has_a_validity if {
	owing := object.union(given.request, {"agreement": {"duties": [{"id": "permission[0].duty[0]", "rule": "permission[0]", "action": "log"}]}})
	validity_of(owing) == null
	validity_of(object.union(owing, {"duties_done": ["log"]})).until_ms == no_end
}

test_prohibition_that_begins_ends_the_answer if {
	validity_of(given.prohibited_if([given.term("dateTime", "gteq", now + 5)])).until_ms == now + 5
}

test_earliest_of_all_changes_counts if {
	terms := [given.term("dateTime", "lt", now + 50), given.term("dateTime", "lteq", now + 8), given.term("purpose", "eq", "inference")]
	validity_of(given.permitted_if(terms)).until_ms == now + 9
}

test_counts if {
	at_most(given.term("count", "lteq", 5), {"count": 3}) == {"count": 5}
	at_most(given.term("count", "lt", 5), {"count": 3}) == {"count": 4}
	at_most(given.term("count", "eq", 3), {"count": 3}) == {"count": 3}
	at_most(given.term("count", "eq", 5), {"count": 3}) == {"count": 4}
	at_most(given.term("count", "eq", 2), {"count": 3}) == {}
	at_most(given.term("count", "lteq", 2), {"count": 3}) == {}
}

test_quotas if {
	at_most(quota("bytes/P1D@UTC", "lteq", 5), {"bytes/P1D@UTC": 3}) == {"bytes/P1D@UTC": 5}
	at_most(quota("concurrency", "lt", 5), {"concurrency": 4}) == {"concurrency": 4}
}

test_lowest_limit_of_a_counter_counts if {
	terms := [quota("bytes", "lteq", 9), quota("bytes", "lt", 9), quota("rows", "lteq", 7), given.term("count", "lteq", 10)]
	question := object.union(given.permitted_if(terms), {"usage": {"bytes": 1, "rows": 1}})
	validity_of(question).at_most == {"bytes": 8, "rows": 7, "count": 10}
}

test_quota_that_is_used_up_may_come_back if {
	not at_most(quota("bytes/P1D@UTC", "lteq", 2), {"bytes/P1D@UTC": 3})
	not at_most(quota("concurrency", "lteq", 2), {"count": 3})
}

test_counter_that_is_not_judged_does_not_bound if {
	question := object.union(object.remove(given.at("tick"), ["usage"]), {"agreement": {"permissions": [given.permission(0, [quota("bytes", "lteq", 2)])]}})
	validity_of(question).at_most == {}
}

test_layer_may_bound_the_answer if {
	answer := validity.answer with input as given.request with data.tds.layers.extra as {"deny": set(), "valid_until_ms": now + 9}
	answer.validity == {"until_ms": now + 9, "at_most": {}, "layers": {"extra": now + 9}}
	other := validity.answer with input as given.request with data.tds.layers.extra as {"deny": set(), "valid_until_ms": "never"}
	other.validity == {"until_ms": no_end, "at_most": {}, "layers": {}}
}
