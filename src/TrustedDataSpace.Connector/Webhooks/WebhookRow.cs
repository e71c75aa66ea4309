using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>A web-hook as it is stored.</summary>
internal sealed record WebhookRow
{
    public string Id { get; init; } = "";

    public string Url { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string Kinds { get; init; } = "[]";

    /// <summary>Sealed <see cref="WebhookSecrets"/>.</summary>
    public string Secrets { get; init; } = "";

    public string Position { get; init; } = "";

    public string? LastDelivered { get; init; }

    public string State { get; init; } = WebhookStates.Active;

    public long Attempts { get; init; }

    /// <summary>Unix milliseconds; 0: at once.</summary>
    public long NextAt { get; init; }

    public string? LastError { get; init; }

    public long? FailingSince { get; init; }

    public IReadOnlyList<string> KindList => ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(Kinds));

    public WebhookView View() => new()
    {
        Id = Id,
        Url = Url,
        Kinds = KindList,
        State = State,
        Position = Position.Length == 0 ? "0" : Position,
        LastDelivered = LastDelivered,
        Attempts = Attempts,
        LastError = LastError,
        FailingSince = FailingSince is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
        NextAttempt = State == WebhookStates.Failing ? DateTimeOffset.FromUnixTimeMilliseconds(NextAt) : null,
    };
}
