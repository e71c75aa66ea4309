using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>Refusals as the <c>code</c> and <c>reason</c> of protocol messages.</summary>
public static class DspReasons
{
    /// <summary>Texts as reasons.</summary>
    public static IReadOnlyList<JsonElement> Of(params IEnumerable<string> texts) => [.. texts.Select(ProtocolJson.ToElement)];

    /// <summary>The reasons of a refusal, no more than a stranger may read.</summary>
    public static IReadOnlyList<JsonElement> Of(RefusalException refusal)
    {
        var problem = ProblemDocument.From(refusal);
        return problem.Reasons.Count == 0
            ? Of(problem.Remedy is null ? problem.Detail : $"{problem.Detail} {problem.Remedy}")
            : [.. problem.Reasons.Select(ProtocolJson.ToElement)];
    }

    /// <summary>The code of a refusal.</summary>
    public static string CodeOf(RefusalException refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return RefusalStatus.WireName(refusal.Code);
    }

    /// <summary>The HTTP status in the protocol's own terms: a message that does not fit the state is a bad request (DSP §8.1.2, §10.1.2).</summary>
    public static int HttpStatus(RefusalCode code) => code switch
    {
        RefusalCode.Unsupported or RefusalCode.Conflict or RefusalCode.InvalidTransition => 400,
        _ => RefusalStatus.HttpStatus(code),
    };

    internal static void RequireSome(IReadOnlyList<JsonElement>? reason)
    {
        if (reason is { Count: 0 })
        {
            throw new JsonException("reason must have at least one item");
        }
    }
}
