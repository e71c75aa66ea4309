# Who asks, under which contract, at which stage: the checks that do not depend on the terms of the contract.
#
# A check is passed only by a rule that names it below. What a stage demands and nothing passes becomes a reason,
# so an input that lacks something fails the check instead of skipping it.
package tds.parties

stages_before_use := {"catalog", "negotiation"}

stages_of_use := {"transfer", "request", "tick"}

checks := {
	"version": {
		"code": "unsupported_version",
		"term": "version",
		"message": "the question is not written in version 1",
		"remedy": "connector and policy bundle must speak the same version",
	},
	"stage": {
		"code": "unknown_stage",
		"term": "stage",
		"message": "the stage is not one of catalog, negotiation, transfer, request, tick",
		"remedy": "name one of these stages",
	},
	"contract": {
		"code": "no_agreement",
		"term": "agreement",
		"message": "there is no contract for this use",
		"remedy": "negotiate an agreement first",
	},
	"member": {
		"code": "membership_not_active",
		"term": "subject.membership",
		"message": "the participant's membership is not active",
		"remedy": "ask the operator of the space about the membership",
	},
	"party": {
		"code": "not_a_party",
		"term": "subject.id",
		"message": "the participant is not the one this contract is made with",
		"remedy": "use an agreement of your own",
	},
	"product": {
		"code": "no_permission",
		"term": "agreement.target",
		"message": "the agreement is about another product",
		"remedy": "use the agreement of this product",
	},
	"active": {
		"code": "agreement_not_active",
		"term": "agreement.state",
		"message": "the agreement is not active",
		"remedy": "negotiate a new agreement",
	},
	"filed": {
		"code": "not_filed",
		"term": "agreement.filed",
		"message": "the agreement is not filed with the authority",
		"remedy": "wait for the receipt of the filing",
	},
}

demanded := {"version", "stage", "contract", "member", "party"} if {
	input.stage in stages_before_use
} else := {"version", "stage", "contract", "member", "party", "product", "active", "filed"}

passed contains "version" if input.version == 1

passed contains "stage" if input.stage in stages_before_use

passed contains "stage" if input.stage in stages_of_use

# An offer can be listed and negotiated; only an agreement can be used.
passed contains "contract" if {
	input.stage in stages_before_use
	input.agreement.kind == "offer"
}

passed contains "contract" if input.agreement.kind == "agreement"

passed contains "member" if input.subject.membership == "active"

passed contains "party" if {
	is_string(input.subject.id)
	input.subject.id == input.agreement.assignee
}

# An offer that names nobody is made to everybody.
passed contains "party" if {
	input.stage in stages_before_use
	is_object(input.agreement)
	object.get(input.agreement, "assignee", null) == null
}

passed contains "product" if {
	is_string(input.product.id)
	input.product.id == input.agreement.target
}

passed contains "active" if input.agreement.state == "active"

passed contains "filed" if input.agreement.filed == true

failed := demanded - passed

admitted if count(failed) == 0

reasons := {checks[name] | some name in failed}
