using System.Text.Json;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Authority.Bundles;

/// <summary>The policies of the space, as the authority itself asks them: about memberships.</summary>
internal sealed class SpacePolicies(AuthoritySettings settings, TimeProvider clock)
{
    private static readonly string[] Membership = ["tds", "membership", "decision"];

    private volatile EmbeddedPolicyEngine engine = new(clock);

    /// <summary>Where the space's own policies are; null: the built-in ones.</summary>
    public string? Folder => settings.Policies.Folder;

    /// <summary>The space they are for.</summary>
    public string Space => settings.Space.Id;

    /// <summary>Reads them and decides by them from now on. What no connector could load, or says nothing about memberships, throws, and those in use stay.</summary>
    /// <exception cref="PolicyBundleException">They are no usable bundle.</exception>
    /// <exception cref="RegoCompileException">They do not compile.</exception>
    public PolicyBundle Load()
    {
        var bundle = Folder is { } folder ? PolicyBundle.FromFolder(folder) : PolicyBundle.BuiltIn();

        // Loaded as every connector will load it: what does not compile is never signed.
        var trial = new EmbeddedPolicyEngine(clock);
        trial.Replace(bundle);
        if (trial.Evaluate(Membership, RegoValue.ParseJson("{}"))?.Value is null)
        {
            throw new PolicyBundleException(["no module defines data.tds.membership.decision: take membership.rego of the built-in policies into the folder"]);
        }

        engine = trial;
        return bundle;
    }

    /// <summary>What the policies answer about a membership; null: nothing.</summary>
    /// <exception cref="RegoEvaluationException">The evaluation ended without a result.</exception>
    public RegoValue? AskMembership(JsonElement question) => engine.Evaluate(Membership, RegoValue.FromJson(question))?.Value;
}
