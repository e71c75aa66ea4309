# Constraints about one fact of many with names of their own: a counter, a claim of the participant's credentials, a signal of the
# environment. The compiler writes the name into "of". Their states are those of constraints.rego.
package tds.named

import data.tds.constraints
import data.tds.operators

operands := {
	"quota": {
		"kind": "number",
		"operators": {"lt", "lteq"},
		"deferred": {"catalog", "negotiation", "transfer"},
		"fact": "input.usage",
	},
	"claim": {
		"kind": "texts",
		"operators": {"eq", "isAnyOf", "isNoneOf"},
		"deferred": set(),
		"fact": "input.subject.claims",
	},
	"signal": {
		"kind": "text",
		"operators": {"eq", "neq", "isAnyOf", "isNoneOf"},
		"deferred": {"catalog", "negotiation"},
		"fact": "input.signals",
	},
}

fact("quota", name) := input.usage[name]

fact("claim", name) := texts(input.subject.claims[name])

fact("signal", name) := input.signals[name]

# A claim is one text or several.
texts(value) := [value] if is_string(value)

texts(value) := value if is_array(value)

state(constraint) := "unknown" if {
	not known(constraint)
} else := "deferred" if {
	deferred(constraint.left, constraint.of)
} else := "met" if {
	kind := operands[constraint.left].kind
	value := fact(constraint.left, constraint.of)
	operators.is_fact(kind, value)
	operators.holds(kind, constraint.op, value, constraint.right)
} else := "not_met" if {
	available(constraint.left, constraint.of)
} else := "missing"

known(constraint) if {
	is_string(constraint.id)
	is_string(constraint.of)
	constraint.of != ""
	operand := operands[constraint.left]
	constraint.op in operand.operators
	operators.is_right(operand.kind, constraint.op, constraint.right)
}

available(left, name) if operators.is_fact(operands[left].kind, fact(left, name))

deferred(left, _) if input.stage in operands[left].deferred

# A stream goes on under the count of the request that opened it. Passed on, it is judged again.
deferred("quota", name) if {
	input.stage == "tick"
	not given(name)
}

given(name) if input.usage[name] != null

reason(constraint, "not_met") := {
	"code": "balance_used_up",
	"term": constraint.id,
	"message": "the prepaid balance of the contract does not cover this use",
	"remedy": "pay in advance: the authority's operator, or a payment service, confirms the top-up; then ask again",
} if {
	is_balance(constraint)
} else := {
	"code": "constraint_not_met",
	"term": constraint.id,
	"message": sprintf("%s %s is %s; the contract asks %s", [constraint.left, constraint.of, shown(constraint), constraints.asks(constraint)]),
	"remedy": remedy(constraint),
}

reason(constraint, "missing") := {
	"code": "missing_context",
	"term": constraint.id,
	"message": sprintf("%s %s is not known; the contract asks %s", [constraint.left, constraint.of, constraints.asks(constraint)]),
	"remedy": remedy(constraint),
}

reason(constraint, "unknown") := {
	"code": "unknown_term",
	"term": object.get(constraint, "id", "agreement"),
	"message": "operand, name, operator or value of this constraint is not known to this version of the policies",
	"remedy": concat("", ["known operands with names: ", concat(", ", sort([name | some name, _ in operands]))]),
}

remedy(constraint) := concat("", [way(constraint.left, constraint.of), constraints.asks(constraint)])

way("claim", _) := "present a credential with a claim that fits: "

way("signal", _) := "ask again when the provider's connector knows the signal and it fits: "

# A counter of a period has it behind a slash, as in count/P1D@Asia/Shanghai.
way("quota", counter) := "as many requests run as the contract allows at once; ask again when one of them has ended: " if {
	counter == "concurrency"
} else := "the quota is used up; wait for its next period, or negotiate a new agreement: " if {
	contains(counter, "/")
} else := "the quota is used up; negotiate a new agreement: "

# The counter of a prepaid balance is 0 where it covers the use, else 1.
is_balance(constraint) if {
	constraint.left == "quota"
	constraint.of == "prepaid"
}

shown(constraint) := fact(constraint.left, constraint.of) if {
	operands[constraint.left].kind == "text"
} else := concat(", ", fact(constraint.left, constraint.of)) if {
	operands[constraint.left].kind == "texts"
} else := json.marshal(fact(constraint.left, constraint.of))
