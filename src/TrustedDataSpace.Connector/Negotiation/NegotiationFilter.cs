using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Which negotiations a list shows: all that are given must fit. Bind with <c>[AsParameters]</c>.</summary>
internal sealed record NegotiationFilter
{
    private static readonly string[] Roles = ["CONSUMER", "PROVIDER"];

    /// <summary>DSP state.</summary>
    [FromQuery]
    public string? State { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>.</summary>
    [FromQuery]
    public string? Role { get; init; }

    /// <summary>The other party's DID.</summary>
    [FromQuery]
    public string? Counterparty { get; init; }

    /// <summary>Dataset id.</summary>
    [FromQuery]
    public string? Dataset { get; init; }

    /// <summary>The conditions. The names are those of the columns and the parameters, never a caller's text.</summary>
    public string Sql => string.Concat(
        State is null ? "" : " AND state = @State",
        Role is null ? "" : " AND role = @Role",
        Counterparty is null ? "" : " AND counterparty = @Counterparty",
        Dataset is null ? "" : " AND dataset_id = @Dataset");

    /// <exception cref="RefusalException">Malformed: no such state or role.</exception>
    public NegotiationFilter Checked()
    {
        FilterWords.Require("state", State, NegotiationStates.All, "a negotiation");
        FilterWords.Require("role", Role, Roles, "a negotiation");
        return this;
    }
}
