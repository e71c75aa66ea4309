# Questions that the tests start from. The first test keeps the start honest: it must be allowed.
package tds.fixtures_test

import data.tds

agreement := {
	"kind": "agreement",
	"id": "urn:uuid:a",
	"target": "load_curve_96",
	"assigner": "did:web:grid.example",
	"assignee": "did:web:vpp.example",
	"permissions": [permission(0, [])],
	"prohibitions": [],
	"duties": [],
	"state": "active",
	"filed": true,
}

offer := object.union(object.remove(agreement, ["state", "filed", "assignee"]), {"kind": "offer", "assignee": null})

request := {
	"version": 1,
	"stage": "request",
	"now_ms": 1778547600000,
	"space": "power-grid",
	"subject": {
		"id": "did:web:vpp.example",
		"membership": "active",
		"claims": {"region": "44", "roles": ["virtual-power-plant"]},
	},
	"action": "use",
	"purpose": "inference",
	"product": {"id": "load_curve_96", "classification": "general"},
	"agreement": agreement,
	"usage": {"count": 3},
	"request": {"method": "GET", "path": "/x"},
}

negotiation := object.union(object.remove(request, ["agreement", "purpose", "usage", "request"]), {
	"stage": "negotiation",
	"agreement": offer,
})

at(stage) := object.union(request, {"stage": stage}) if stage in {"transfer", "request", "tick"}

at(stage) := object.union(negotiation, {"stage": stage}) if stage in {"catalog", "negotiation"}

changed(changes) := object.union(request, changes)

permission(i, constraints) := {"id": sprintf("permission[%d]", [i]), "action": "use", "constraints": constraints}

prohibition(i, constraints) := {"id": sprintf("prohibition[%d]", [i]), "action": "use", "constraints": constraints}

term(left, op, right) := {"id": concat(" ", [left, op]), "left": left, "op": op, "right": right}

# A request under an agreement with these rules.
under(permissions, prohibitions) := object.union(request, {"agreement": {"permissions": permissions, "prohibitions": prohibitions}})

permitted_if(constraints) := under([permission(0, constraints)], [])

prohibited_if(constraints) := under([permission(0, [])], [prohibition(0, constraints)])

decide(question) := answer if {
	answer := tds.decision with input as question
}

allowed(question) if decide(question).allow == true

codes(question) := {reason.code | some reason in decide(question).reasons}

terms(question) := {reason.term | some reason in decide(question).reasons}

test_every_stage_of_the_starting_point_is_allowed if {
	every stage in ["catalog", "negotiation", "transfer", "request", "tick"] { allowed(at(stage)) }
}
