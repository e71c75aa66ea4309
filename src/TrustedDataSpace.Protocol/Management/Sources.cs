namespace TrustedDataSpace.Protocol.Management;

/// <summary>How a source is reached: all that is not said is as with one server that is well.</summary>
public sealed record SourceDefinition
{
    /// <summary>Base URLs of further servers with the same data, beside <see cref="AssetDefinition.SourceUrl"/>. At most 15. Default none.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Which of several servers gets a request: one of <see cref="SourceBalancing"/>.</summary>
    public string LoadBalancing { get; init; } = SourceBalancing.PowerOfTwoChoices;

    /// <summary>Asks each server how it is, while the source is in use. Default: nobody asks.</summary>
    public SourceProbe? Probe { get; init; }

    /// <summary>How many requests of the last minute may fail at one of several servers before it is left out, 0.01 to 1. At least 10 requests. Default 0.3.</summary>
    public double FailureRate { get; init; } = 0.3;

    /// <summary>Seconds after which a server that was left out is tried again, 1 to 3,600. Default 30.</summary>
    public int RecoverySeconds { get; init; } = 30;

    /// <summary>Seconds that a connection may take, 1 to 60. Default 5.</summary>
    public int ConnectSeconds { get; init; } = 5;

    /// <summary>Seconds that a server may keep silent, before its answer and within it, 1 to 100. Default: the connector's setting.</summary>
    public int? SilenceSeconds { get; init; }

    /// <summary><c>1.1</c> or <c>2</c> (without TLS with prior knowledge), exactly. Default: what server and connector agree on; 1.1 without TLS.</summary>
    public string? HttpVersion { get; init; }

    /// <summary>
    /// Whether a GET or HEAD that could not be put to a server, or whose connection broke before the answer, is put to another one, once.
    /// Default true.
    /// </summary>
    public bool Retry { get; init; } = true;
}

/// <summary>Which of several servers gets a request.</summary>
public static class SourceBalancing
{
    /// <summary>The less busy one of two that are chosen at random.</summary>
    public const string PowerOfTwoChoices = "powerOfTwoChoices";

    /// <summary>The least busy one.</summary>
    public const string LeastRequests = "leastRequests";

    /// <summary>One after the other.</summary>
    public const string RoundRobin = "roundRobin";

    /// <summary>Any.</summary>
    public const string Random = "random";

    /// <summary>The first by its address; the others stand by.</summary>
    public const string FirstAlphabetical = "firstAlphabetical";
}

/// <summary>A question to each server of a source: GET, with the source's credentials; 2xx is a yes.</summary>
public sealed record SourceProbe
{
    /// <summary>Path below the base URL, beginning with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>Seconds from one question to the next, 1 to 3,600. Default 15.</summary>
    public int IntervalSeconds { get; init; } = 15;

    /// <summary>Seconds that an answer may take, 1 to 60. Default 5.</summary>
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Answers in a row that are missing or no yes before the server is left out, 1 to 100. Default 2.</summary>
    public int Failures { get; init; } = 2;
}

/// <summary>
/// What a source is asked at all, whatever a contract allows. Changes count at once, for every product on the asset: these are the rules of
/// the provider for its own server, not terms of a contract.
/// </summary>
public sealed record SourceRulesDefinition
{
    /// <summary>Of GET, HEAD, POST, PUT, PATCH, DELETE. Default GET and HEAD.</summary>
    public IReadOnlyList<string> Methods { get; init; } = ["GET", "HEAD"];

    /// <summary>
    /// Patterns of the path behind flow or agreement, in their plain spelling: <c>/curves/*.csv</c>, <c>/api/**</c>. <c>*</c> stands once in
    /// a segment, for any run of its characters; <c>**</c> as the last segment for all that follows, or nothing; an empty pattern for the
    /// source's own address. At most 64. Default: every path.
    /// </summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>
    /// The parameters that a query may have, each once: name to the patterns of its value, of which one must fit (<c>*</c> once, as above);
    /// none: any value. In their plain spelling. At most 64. Default: every query.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Query { get; init; }

    /// <summary>Most bytes of a request's body, 0 to 10 GiB. Default 1 MiB.</summary>
    public long LargestRequest { get; init; } = 1 << 20;

    /// <summary>Most bytes of an answer's body, at least 1. Default: any number.</summary>
    public long? LargestResponse { get; init; }
}
