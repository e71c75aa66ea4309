using System.Globalization;
using BenchmarkDotNet.Running;
using TrustedDataSpace.Benchmarks;
using TrustedDataSpace.Benchmarks.DataPlane;
using TrustedDataSpace.Benchmarks.Rego;

switch (args)
{
    case ["negotiation", .. var counts]:
        var (single, many) = counts is [var one, var more] ? (int.Parse(one, CultureInfo.InvariantCulture), int.Parse(more, CultureInfo.InvariantCulture)) : (500, 4000);
        await NegotiationRun.RunAsync(single, many, atOnce: 32);
        break;
    case ["catalog", .. var counts]:
        await CatalogRun.RunAsync(counts is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : CatalogRun.UsualProducts);
        break;
    case ["role", .. var role]:
        await Roles.RunAsync(role);
        break;
    case ["data-plane"]:
        await DataPlaneRun.RunAsync();
        break;
    case ["data-plane", "against", var other, .. var how]:
        await AgainstRun.RunAsync(other, how is [var turn, ..] && int.TryParse(turn, CultureInfo.InvariantCulture, out var rounds) ? rounds : DataPlaneRun.Rounds, how.Contains("fresh"), how.Contains("paced"));
        break;
    case ["data-plane", "scale", .. var counts]:
        var (streams, agreements) = counts is [var some, var stored] ? (int.Parse(some, CultureInfo.InvariantCulture), int.Parse(stored, CultureInfo.InvariantCulture)) : (ScaleRun.Streams, ScaleRun.Agreements);
        await ScaleRun.RunAsync(streams, agreements);
        break;
    case ["data-plane", "hops"]:
        await HopsRun.RunAsync();
        break;
    case ["data-plane", "parts"]:
        await PartsRun.RunAsync();
        break;
    case ["evidence", .. var counts]:
        await EvidenceRun.RunAsync(counts is [var added] ? int.Parse(added, CultureInfo.InvariantCulture) : EvidenceRun.UsualEntries);
        EvidenceRun.RunLarge(10_000_000);
        break;
    case ["tokens"]:
        TokenRun.Run();
        break;
    case ["metering", .. var counts]:
        await MeteringRun.RunAsync(counts is [var turns, var each] ? (int.Parse(turns, CultureInfo.InvariantCulture), int.Parse(each, CultureInfo.InvariantCulture)) : (DataPlaneRun.Rounds, MeteringRun.UsualUses));
        break;
    case ["proof"]:
        await ProofRun.RunAsync();
        break;
    case ["identity"]:
        await IdentityRun.RunAsync();
        break;
    case ["revocation", .. var counts]:
        await RevocationRun.RunAsync(counts is [var revocations] ? int.Parse(revocations, CultureInfo.InvariantCulture) : RevocationRun.UsualCount);
        break;
    case ["rating", .. var counts]:
        RatingRun.Run(counts is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : RatingRun.UsualRecords);
        break;
    case ["rego"]:
        RegoRun.Run();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(DecisionBenchmarks).Assembly).Run(args);
        break;
}
