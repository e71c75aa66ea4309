# The one question a connector asks: may this participant do this, with this product, under this contract, now?
#
# A use is allowed when five things hold, each of them established positively. What cannot be established is not
# allowed, so a gap in the input or in these rules can only deny. Reasons are gathered only when the answer is no.
package tds

import data.tds.agreement
import data.tds.parties

decision := {
	"allow": true,
	"result": "allowed",
	"permission": agreement.permission,
	"reasons": [],
	"duties": [],
} if {
	permitted
	count(outstanding_duties) == 0
} else := {
	# Run the duties, list them in input.duties_done, and ask again.
	"allow": false,
	"result": "conditional",
	"reasons": [{
		"code": "duty_outstanding",
		"term": "duties",
		"message": "duties have to be carried out before release",
		"remedy": "carry them out and ask again",
	}],
	"duties": [duty | some duty in outstanding_duties],
} if {
	permitted
} else := {
	"allow": false,
	"result": denial,
	"reasons": [reason | some reason in reasons],
	"duties": [],
}

permitted if {
	parties.admitted
	agreement.readable
	agreement.permission
	agreement.unprohibited
	count(layer_reasons) == 0
}

# Something said no, as against: nothing said yes.
denial := "denied" if {
	explicitly_denied
} else := "denied_by_default"

explicitly_denied if count(layer_reasons) > 0

explicitly_denied if count(agreement.applicable_prohibitions) > 0

reasons := (parties.reasons | agreement.reasons) | layer_reasons

# Layers of a bundle narrow: each may deny and add duties, none can take part in allowing.
layer_reasons contains layer_reason(name, entry) if {
	some name
	deny := data.tds.layers[name].deny
	some entry in denials(deny)
}

# What is not a set may have no entries to walk; it must not pass for a layer that asks for no duty.
layer_reasons contains layer_reason(name, "duties is not a set") if {
	some name
	duties := data.tds.layers[name].duties
	not is_set(duties)
}

# Nor for one that denies nothing.
denials(deny) := deny if {
	is_set(deny)
} else := {entry | some entry in deny} | {"deny is not a set"}

layer_reason(name, entry) := {
	"code": object.get(entry, "code", "layer_denied"),
	"term": object.get(entry, "term", name),
	"message": object.get(entry, "message", "a layer of the space's policies denies this use"),
	"remedy": object.get(entry, "remedy", "ask the operator of the space"),
} if {
	is_object(entry)
} else := {
	"code": "layer_denied",
	"term": name,
	"message": "a layer of the space's policies denies this use",
	"remedy": "ask the operator of the space",
}

# Before these stages nothing is released: who reads a catalog or negotiates owes nothing yet.
stages_of_release := {"request", "tick"}

outstanding_duties contains duty if {
	input.stage in stages_of_release
	some name
	some duty in data.tds.layers[name].duties
	not carried_out(duty)
}

outstanding_duties contains duty if {
	input.stage in stages_of_release
	some duty in agreement.duties
	not carried_out(duty)
}

# Inside "not" an undefined argument would make the whole expression undefined, and the duty vanish: hence a rule of its own.
carried_out(duty) if duty in input.duties_done
