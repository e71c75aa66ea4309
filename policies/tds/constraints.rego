# One constraint: which operands exist, what each is compared with, and when it can be judged.
#
# The state of a constraint is always exactly one of
#   unknown   operand, operator or value is not of this version: the contract cannot be decided on
#   deferred  can only be judged at a later stage
#   missing   the input lacks the fact, or has it in another type
#   met, not_met
package tds.constraints

import data.tds.operators

# kind: how fact and value are read and compared (operators.rego)
# deferred: the stages at which the fact is not known yet
# fact: where it stands in the question, for readers and for the set of questions that tests ask
# The same table, for reading offers, is LeftOperand in TrustedDataSpace.Policy/Agreements.
operands := {
	"purpose": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.purpose",
		"remedy": "declare one of: ",
	},
	"dateTime": {
		"kind": "number",
		"operators": {"lt", "lteq", "gt", "gteq"},
		"deferred": {"catalog"},
		"fact": "input.now_ms",
		"remedy": "ask within the contract's time: ",
	},
	"timeWindow": {
		"kind": "window",
		"operators": {"eq", "isAnyOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.now_ms",
		"remedy": "ask within the contract's hours: ",
	},
	"weekday": {
		"kind": "weekday",
		"operators": {"eq", "isAnyOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.now_ms",
		"remedy": "ask on a day of the contract: ",
	},
	"spatial": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": set(),
		"fact": "input.subject.claims.region",
		"remedy": "present a credential for a region that fits: ",
	},
	"recipient": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": set(),
		"fact": "input.subject.id",
		"remedy": "the contract is made for: ",
	},
	"role": {
		"kind": "texts",
		"operators": {"eq", "isAnyOf", "isNoneOf"},
		"deferred": set(),
		"fact": "input.subject.claims.roles",
		"remedy": "present a credential for a role that fits: ",
	},
	"membership": {
		"kind": "text",
		"operators": {"eq"},
		"deferred": set(),
		"fact": "input.subject.membership",
		"remedy": "the membership has to be: ",
	},
	"count": {
		"kind": "number",
		"operators": {"lt", "lteq", "eq"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.usage.count",
		"remedy": "the quota is used up; negotiate a new agreement: ",
	},
	"elapsedTime": {
		"kind": "number",
		"operators": {"lt", "lteq", "gt", "gteq"},
		"deferred": {"catalog", "negotiation"},
		"fact": "input.agreement.agreed_at_ms",
		"remedy": "the time since the agreement is over; negotiate a new agreement: ",
	},
	"usePeriod": {
		"kind": "number",
		"operators": {"lt", "lteq", "gt", "gteq"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.agreement.first_used_at_ms",
		"remedy": "the time since the first use is over; negotiate a new agreement: ",
	},
	"standingAge": {
		"kind": "number",
		"operators": {"lt", "lteq"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.subject.standing_ms",
		"remedy": "ask again when the authority of the space has confirmed the participant's standing: ",
	},
	"networkAddress": {
		"kind": "network",
		"operators": {"eq", "isAnyOf", "isNoneOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.request.address",
		"remedy": "ask from an address that fits: ",
	},
	"connector": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.subject.connector",
		"remedy": "ask through a connector that fits: ",
	},
	"application": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.request.application",
		"remedy": "ask from an application that fits: ",
	},
	"deliveryMethod": {
		"kind": "text",
		"operators": {"eq", "isAnyOf"},
		"deferred": {"catalog", "negotiation", "request", "tick"},
		"fact": "input.transfer.format",
		"remedy": "ask for a transfer in a format that fits: ",
	},
	"clearance": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": set(),
		"fact": "input.subject.claims.clearance",
		"remedy": "present a credential for a clearance that fits: ",
	},
	"consent": {
		"kind": "texts",
		"operators": {"eq", "isAnyOf"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.consents",
		"remedy": "ask for the consent of: ",
	},
}

fact("purpose") := input.purpose

fact("dateTime") := input.now_ms

fact("timeWindow") := input.now_ms

fact("weekday") := input.now_ms

fact("spatial") := input.subject.claims.region

fact("recipient") := input.subject.id

fact("role") := input.subject.claims.roles

fact("membership") := input.subject.membership

fact("count") := input.usage.count

fact("elapsedTime") := since(input.agreement.agreed_at_ms)

fact("usePeriod") := since(input.agreement.first_used_at_ms)

fact("standingAge") := since(input.subject.standing_ms)

fact("networkAddress") := input.request.address

fact("connector") := input.subject.connector

fact("application") := input.request.application

fact("deliveryMethod") := input.transfer.format

fact("clearance") := input.subject.claims.clearance

fact("consent") := input.consents

since(start) := input.now_ms - start if {
	is_number(start)
	is_number(input.now_ms)
}

state(constraint) := "unknown" if {
	not known(constraint)
} else := "deferred" if {
	deferred(constraint.left)
} else := "met" if {
	kind := operands[constraint.left].kind
	value := fact(constraint.left)
	operators.is_fact(kind, value)
	operators.holds(kind, constraint.op, value, constraint.right)
} else := "not_met" if {
	available(constraint.left)
} else := "missing"

known(constraint) if {
	is_string(constraint.id)
	operand := operands[constraint.left]
	constraint.op in operand.operators
	operators.is_right(operand.kind, constraint.op, constraint.right)
}

# Every "not" in these files negates a rule or a function of plain variables: with an undefined argument inside it,
# the negation itself would be undefined and the branch be skipped.
available(left) if operators.is_fact(operands[left].kind, fact(left))

deferred(left) if input.stage in operands[left].deferred

# A stream goes on under the purpose and the count of the request that opened it. Passed on, they are judged again.
deferred(left) if {
	input.stage == "tick"
	left in {"purpose", "count"}
	not given(left)
}

given(left) if fact(left) != null

reason(constraint, "not_met") := {
	"code": "constraint_not_met",
	"term": constraint.id,
	"message": sprintf("%s is %s; the contract asks %s", [constraint.left, shown(constraint.left), asks(constraint)]),
	"remedy": remedy(constraint),
}

reason(constraint, "missing") := {
	"code": "missing_context",
	"term": constraint.id,
	"message": sprintf("%s is not known; the contract asks %s", [constraint.left, asks(constraint)]),
	"remedy": remedy(constraint),
}

reason(constraint, "unknown") := {
	"code": "unknown_term",
	"term": constraint.id,
	"message": "operand, operator or value of this constraint is not known to this version of the policies",
	"remedy": concat("", ["known operands: ", concat(", ", sort([name | some name, _ in operands]))]),
}

# What is not known and what is otherwise is made good in the same way.
remedy(constraint) := concat("", [operands[constraint.left].remedy, wanted(constraint)])

# The constraint in words: those of its author where the compiler kept them.
asks(constraint) := constraint.text if {
	is_string(constraint.text)
} else := sprintf("%s %s %s", [constraint.left, constraint.op, json.marshal(constraint.right)])

wanted(constraint) := constraint.right if {
	constraint.op == "eq"
	is_string(constraint.right)
} else := concat(", ", constraint.right) if {
	constraint.op == "isAnyOf"
	not operands[constraint.left].kind in {"window", "weekday"}
} else := asks(constraint)

shown(left) := "none" if {
	fact(left) == []
} else := fact(left) if {
	operands[left].kind in {"text", "network"}
} else := concat(", ", fact(left)) if {
	operands[left].kind == "texts"
} else := shown_time(input.now_ms) if {
	left in {"dateTime", "timeWindow", "weekday"}
} else := sprintf("%d s", [floor(fact(left) / 1000)]) if {
	left in {"elapsedTime", "usePeriod", "standingAge"}
} else := json.marshal(fact(left))

shown_time(milliseconds) := sprintf("%d-%02d-%02dT%02d:%02d:%02dZ", array.concat(time.date(instant), time.clock(instant))) if {
	instant := milliseconds * 1000000
}
