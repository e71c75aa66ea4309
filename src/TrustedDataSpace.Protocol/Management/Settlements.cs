using System.Text.Json;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>How a party signs a settlement.</summary>
/// <param name="Hash">The hash of what was looked at: nothing else is signed.</param>
/// <param name="Accept">Why it is signed although this connector's own records give another statement; null: it is signed only if they give the same.</param>
public sealed record SettlementConsent(string Hash, string? Accept = null);

/// <summary>What use would cost by another price plan.</summary>
public sealed record WhatIf
{
    /// <summary>Agreement id.</summary>
    public required string Agreement { get; init; }

    /// <summary>As in <see cref="StatementQuery"/>.</summary>
    public string? From { get; init; }

    /// <summary>As in <see cref="StatementQuery"/>.</summary>
    public string? To { get; init; }

    /// <summary>The price plan, as <c>tds:pricePlan</c> would hold it.</summary>
    public required JsonElement Plan { get; init; }
}
