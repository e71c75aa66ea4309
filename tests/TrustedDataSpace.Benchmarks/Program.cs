using System.Globalization;
using BenchmarkDotNet.Running;
using TrustedDataSpace.Benchmarks;

switch (args)
{
    case ["negotiation", .. var counts]:
        var (single, many) = counts is [var one, var more] ? (int.Parse(one, CultureInfo.InvariantCulture), int.Parse(more, CultureInfo.InvariantCulture)) : (500, 4000);
        await NegotiationRun.RunAsync(single, many, atOnce: 32);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(DecisionBenchmarks).Assembly).Run(args);
        break;
}
