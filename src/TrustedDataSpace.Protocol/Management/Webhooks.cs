namespace TrustedDataSpace.Protocol.Management;

/// <summary>Where events are to be delivered.</summary>
public sealed record WebhookDefinition
{
    /// <summary>https address, or http on loopback; without credentials.</summary>
    public required string Url { get; init; }

    /// <summary>Kinds of events, or beginnings of them such as <c>negotiation.</c>. Default: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Id of the event to begin behind; <c>0</c>: with the first there is. Default: with what happens from now on.</summary>
    public string? After { get; init; }
}

/// <summary>What signs the deliveries of a web-hook. Shown this once.</summary>
public sealed record WebhookSecret
{
    /// <summary>Id of the web-hook.</summary>
    public required string Id { get; init; }

    /// <summary><c>whsec_</c> and 32 bytes in base64, as "Standard Webhooks" writes it.</summary>
    public required string Secret { get; init; }

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => Id;
}

/// <summary>Where a web-hook is to go on.</summary>
public sealed record WebhookReplay
{
    /// <summary>Id of the event to go on behind; <c>0</c>: with the first there is. Its own <see cref="WebhookView.Position"/>: where it stands.</summary>
    public required string After { get; init; }
}

/// <summary>States of a web-hook.</summary>
public static class WebhookStates
{
    /// <summary>The last delivery was taken, or there was none yet.</summary>
    public const string Active = "active";

    /// <summary>The next event is not taken; it is tried again.</summary>
    public const string Failing = "failing";

    /// <summary>It was failing for too long; a replay makes it go on.</summary>
    public const string Disabled = "disabled";
}

/// <summary>How a web-hook stands.</summary>
public sealed record WebhookView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Where events are delivered.</summary>
    public required string Url { get; init; }

    /// <summary>Kinds, or beginnings of them; empty: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>One of <see cref="WebhookStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>The event up to which all is delivered or not wanted.</summary>
    public required string Position { get; init; }

    /// <summary>Id of the event that was delivered last; null before the first.</summary>
    public string? LastDelivered { get; init; }

    /// <summary>Attempts that failed since the last delivery.</summary>
    public long Attempts { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastError { get; init; }

    /// <summary>Since when it is failing.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
