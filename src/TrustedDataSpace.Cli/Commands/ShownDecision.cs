using System.Text.Json;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>
/// What a connector shows of a decision that it took: question, salt and policies. It may be what it is checked for, so nothing of it is
/// trusted: what cannot be read raises an alarm like what was changed.
/// </summary>
internal static class ShownDecision
{
    public const string NoPolicies = "the policies of that revision are not kept: the question is genuine, but was not decided again";
    public const string OtherQuestion = "the question is not the one that the evidence commits to";
    public const string OtherRevision = "the evidence names another revision of the policies";

    /// <summary>Of a revision that the space has named itself: it says which policies they are, and not what is in them. Null: it is computed over all of them.</summary>
    public static string? NoteOn(string revision) =>
        PolicyBundle.IsComputed(revision) ? null : $"decided again with the same answer; but {revision} is a name that does not fix the policies: that those shown are those of then is the connector's word";

    /// <summary>The question, as text and as value; null: it is not the one that the evidence commits to.</summary>
    /// <param name="commitment">In the evidence.</param>
    /// <param name="salt">Base64.</param>
    /// <param name="question">Base64.</param>
    public static (byte[] Text, JsonElement Value)? Open(string? commitment, string salt, string question)
    {
        try
        {
            var text = Convert.FromBase64String(question);
            return commitment is not null && Commitment.Opens(commitment, Convert.FromBase64String(salt), text) ? (text, JsonElement.Parse(text)) : null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Decides a question again.</summary>
    /// <param name="question">The question.</param>
    /// <param name="revision">Of the policies, as the evidence names it.</param>
    /// <param name="policies">The archive that is shown for it, Base64.</param>
    /// <param name="cancellation">Ends the decision.</param>
    /// <returns>The decision, or what is wrong with the policies.</returns>
    public static async Task<(PolicyDecision? Again, string? Alarm)> DecideAsync(byte[] question, string revision, string policies, CancellationToken cancellation)
    {
        var engine = new EmbeddedPolicyEngine();
        try
        {
            using var archive = new MemoryStream(Convert.FromBase64String(policies));
            var bundle = PolicyBundle.FromArchive(archive);
            if (bundle.Revision != revision)
            {
                return (null, $"the policies shown are of the revision {bundle.Revision}");
            }

            engine.Replace(bundle);
        }
        catch (Exception unusable) when (unusable is FormatException or PolicyBundleException or RegoCompileException)
        {
            return (null, $"the policies shown cannot be used: {unusable.Message}");
        }

        return (await engine.DecideAsync(question, cancellation), null);
    }
}
