using Microsoft.AspNetCore.Mvc;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Which negotiations a list shows: all that are given must fit. Bind with <c>[AsParameters]</c>.</summary>
/// <param name="State">DSP state.</param>
/// <param name="Role"><c>CONSUMER</c> or <c>PROVIDER</c>.</param>
/// <param name="Counterparty">The other party's DID.</param>
/// <param name="Dataset">Dataset id.</param>
internal sealed record NegotiationFilter([FromQuery] string? State, [FromQuery] string? Role, [FromQuery] string? Counterparty, [FromQuery] string? Dataset)
{
    /// <summary>The conditions. The names are those of the columns and the parameters, never a caller's text.</summary>
    public string Sql => string.Concat(
        State is null ? "" : " AND state = @State",
        Role is null ? "" : " AND role = @Role",
        Counterparty is null ? "" : " AND counterparty = @Counterparty",
        Dataset is null ? "" : " AND dataset_id = @Dataset");
}
