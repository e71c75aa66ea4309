namespace TrustedDataSpace.Connector.Policies.Decisions;

/// <summary>The decision log: every decision as one line of JSON in the shape of OPA's decision logs.</summary>
public sealed record DecisionLogOptions
{
    /// <summary>File that the lines are added to. Default: none, no log.</summary>
    public string? File { get; init; }

    /// <summary>Size at which a new file is begun; the old one gets <c>.1</c>, <c>.2</c> and so on behind its name. Default 100 MiB.</summary>
    public long MaxFileBytes { get; init; } = 100L << 20;

    /// <summary>How many old files are kept. Default 5.</summary>
    public int KeepFiles { get; init; } = 5;

    /// <summary>Decisions that may wait to be written. More are dropped and counted; a request never waits for the log. Default 10,000.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>What is taken out of each decision before it is written. Default none.</summary>
    public IReadOnlyList<DecisionMask> Mask { get; init; } = [];

    internal IEnumerable<string> Problems()
    {
        if (MaxFileBytes < 1 << 10 || Capacity is < 1 or > 1_000_000 || KeepFiles is < 0 or > 1000)
        {
            yield return "Policies:DecisionLog: MaxFileBytes must be at least 1024, Capacity 1 to 1000000, KeepFiles 0 to 1000";
        }

        if (File is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(File))))
        {
            yield return $"Policies:DecisionLog:File '{File}' is in a folder that does not exist";
        }

        foreach (var problem in Mask.Select(mask => mask.Problem()).OfType<string>())
        {
            yield return "Policies:DecisionLog:Mask: " + problem;
        }
    }
}

/// <summary>One rule of masking, as the objects that OPA's <c>system.log.mask</c> gives.</summary>
public sealed record DecisionMask
{
    internal const string Remove = "remove";
    internal const string Upsert = "upsert";

    /// <summary><c>remove</c> (default): the value is left out, its path listed in <c>erased</c>; <c>upsert</c>: it is replaced, its path listed in <c>masked</c>.</summary>
    public string Op { get; init; } = Remove;

    /// <summary>JSON pointer (RFC 6901) that begins with <c>/input</c> or <c>/result</c>, for example <c>/input/subject/claims</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>What an upsert puts in the place, as text.</summary>
    public string? Value { get; init; }

    internal IReadOnlyList<string> Keys => [.. Path.Split('/').Skip(1).Select(key => key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    internal string? Problem() =>
        Op is not (Remove or Upsert) ? $"Op '{Op}' is neither remove nor upsert"
        : !(Path is "/input" or "/result" || Path.StartsWith("/input/", StringComparison.Ordinal) || Path.StartsWith("/result/", StringComparison.Ordinal)) ? $"Path '{Path}' does not begin with /input or /result"
        : Op == Upsert && Value is null ? $"Value is missing for the upsert of {Path}"
        : Op == Remove && Value is not null ? $"Value is of no use for the removal of {Path}"
        : null;
}
