using BenchmarkDotNet.Running;
using TrustedDataSpace.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(DecisionBenchmarks).Assembly).Run(args);
