namespace TrustedDataSpace.Protocol.Errors;

/// <summary>A refusal as RFC 9457 problem details (<c>application/problem+json</c>).</summary>
public sealed record ProblemDocument
{
    /// <summary>The media type of the document.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Before the code, this makes <see cref="Type"/>.</summary>
    public const string TypePrefix = "https://w3id.org/trusted-data-space/problems/";

    /// <summary>Names the kind of problem.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of problem, for people.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What was wrong this time.</summary>
    public required string Detail { get; init; }

    /// <summary>Names this occurrence, for example a trace id.</summary>
    public string? Instance { get; init; }

    /// <summary>The code as programs read it.</summary>
    public required string Code { get; init; }

    /// <summary>The term, claim or parameter that failed.</summary>
    public string? Term { get; init; }

    /// <summary>The place in the refused document.</summary>
    public string? Where { get; init; }

    /// <summary>What the asker can do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>Every reason, when there were several.</summary>
    public IReadOnlyList<RefusalReason> Reasons { get; init; } = [];

    /// <summary>Renders a refusal. A fault of ours keeps its detail to itself: it goes to the log, not to a stranger.</summary>
    public static ProblemDocument From(RefusalException refusal, string? instance = null)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var code = RefusalStatus.WireName(refusal.Code);
        var ours = refusal.Code == RefusalCode.Internal;
        return new ProblemDocument
        {
            Type = TypePrefix + code,
            Title = TitleOf(refusal.Code),
            Status = RefusalStatus.HttpStatus(refusal.Code),
            Detail = ours ? "The request failed for a reason on our side." : refusal.Message,
            Instance = instance,
            Code = code,
            Term = ours ? null : refusal.Term,
            Where = ours ? null : refusal.Where,
            Remedy = ours ? "Try again; if it fails again, give the operator the instance of this answer." : refusal.Remedy,
            Reasons = ours ? [] : refusal.Reasons,
        };
    }

    private static string TitleOf(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => "The document is not well formed",
        RefusalCode.Unsupported => "Not supported",
        RefusalCode.MethodNotAllowed => "Method not possible here",
        RefusalCode.UnsupportedMediaType => "Media type not read here",
        RefusalCode.Unauthenticated => "Not authenticated",
        RefusalCode.Forbidden => "Not allowed",
        RefusalCode.NotFound => "Not found",
        RefusalCode.Conflict => "Contradicts what is recorded",
        RefusalCode.PreconditionFailed => "Changed meanwhile",
        RefusalCode.InvalidTransition => "Not possible in this state",
        RefusalCode.PolicyRefused => "Refused by policy",
        RefusalCode.QuotaExhausted => "Quota used up",
        RefusalCode.TooManyRequests => "Too many requests",
        RefusalCode.LimitReached => "No more are kept",
        RefusalCode.TooLarge => "Too large",
        RefusalCode.Unavailable => "Not available now",
        _ => "Internal error",
    };
}
