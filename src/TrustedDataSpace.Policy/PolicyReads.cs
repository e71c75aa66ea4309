namespace TrustedDataSpace.Policy;

/// <summary>
/// What the rules of a bundle can read of a question, found in the compiled rules before the first one is asked. Two questions that are equal
/// in all of this have the same answer, within the <see cref="DecisionValidity"/> of it.
/// </summary>
public sealed class PolicyReads
{
    private readonly IReadOnlyCollection<string> inputs;

    internal PolicyReads(IReadOnlyCollection<string> inputs, IReadOnlyList<string> timedLayers, string? whyNot)
    {
        this.inputs = inputs;
        TimedLayers = timedLayers;
        WhyNot = whyNot;
        ReadsRequestPath = Reads("request.path");
        ReadsRequestMethod = Reads("request.method");
        ReadsRequestAddress = Reads("request.address");
        ReadsRequestApplication = Reads("request.application");
        ReadsPurpose = Reads("purpose");
    }

    /// <summary>Of an engine without a bundle, or one of which the rules are not known here: no answer may be used again.</summary>
    public static PolicyReads Unknown { get; } = new([""], [], "the rules that decide are not known here");

    internal static PolicyReads Nothing { get; } = new([], [], "nothing was analysed");

    /// <summary>Whether an answer may be used again at all.</summary>
    public bool IsReusable => WhyNot is null;

    /// <summary>Why no answer may be used again; null if it may.</summary>
    public string? WhyNot { get; }

    /// <summary>Whether answers may depend on the path of a request.</summary>
    public bool ReadsRequestPath { get; }

    /// <summary>Whether answers may depend on the method of a request.</summary>
    public bool ReadsRequestMethod { get; }

    /// <summary>Whether answers may depend on the address that a request comes from. The library reads it for contracts that name addresses.</summary>
    public bool ReadsRequestAddress { get; }

    /// <summary>Whether answers may depend on the application that a request names. The library reads it for contracts that name applications.</summary>
    public bool ReadsRequestApplication { get; }

    /// <summary>Whether answers may depend on the declared purpose.</summary>
    public bool ReadsPurpose { get; }

    /// <summary>The paths below <c>input</c> that are read, such as <c>subject.claims.roles</c>: each with all that is below it. An empty one is the whole input.</summary>
    public IReadOnlyCollection<string> Inputs => inputs;

    /// <summary>Layers that read the time and bound their answers themselves.</summary>
    internal IReadOnlyList<string> TimedLayers { get; }

    /// <summary>Whether the value at a path below <c>input</c>, or a part of it, is read.</summary>
    /// <param name="path">Keys joined by dots: <c>request.path</c>.</param>
    public bool Reads(string path) => inputs.Any(read => read.Length == 0 || read == path || IsBelow(read, path) || IsBelow(path, read));

    private static bool IsBelow(string path, string above) => path.Length > above.Length && path[above.Length] == '.' && path.StartsWith(above, StringComparison.Ordinal);
}
