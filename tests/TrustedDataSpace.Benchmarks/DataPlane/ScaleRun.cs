using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>What must not grow: the memory of a stream that only stays open, and the cost of a request beside very many agreements.</summary>
internal static class ScaleRun
{
    /// <summary>Each holds two sockets at the gate.</summary>
    public const int Streams = 10_000;

    /// <summary>Stored at one of two providers, beside the one in use.</summary>
    public const int Agreements = 100_000;

    public static async Task RunAsync(int streams, int agreements)
    {
        using var source = await ChildProcess.StartAsync("source");
        await using var few = await BenchSpace.StartAsync(providerApart: true);
        var flow = await Flow.StartAsync(few, "curves", source.Url);
        await using (var many = await BenchSpace.StartAsync(providerApart: true))
        {
            var other = await Flow.StartAsync(many, "curves", source.Url);
            await StoreAsync(many, agreements);
            Console.WriteLine("| | requests/s | CPU of the gate, µs/request | p50 ms | p99 ms |");
            Console.WriteLine("|---|---|---|---|---|");
            await DataPlaneRun.CompareAsync(
                string.Create(CultureInfo.InvariantCulture, $"{agreements:N0} agreements more"), few.ProviderProcess, many.ProviderProcess, flow, DataPlaneRun.Rounds, other, "one agreement");
        }

        await BodyRun.StreamsAsync(few, few.ProviderProcess, flow, streams);
    }

    // Copies of the one there is, each under an id of its own.
    private static async Task StoreAsync(BenchSpace space, int count)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(space.ProviderFolder, "tds.sqlite")};Pooling=False;Default Timeout=60");
        var columns = (await connection.QueryAsync<string>("SELECT name FROM pragma_table_info('agreements')")).ToList();
        var values = string.Join(", ", columns.Select(column => column == "id" ? "'urn:uuid:' || lower(hex(randomblob(16)))" : column));
        await connection.ExecuteAsync(
            $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count) INSERT INTO agreements ({string.Join(", ", columns)}) SELECT {values} FROM agreements, n", new { count });
        var stored = await connection.QuerySingleAsync<int>("SELECT COUNT(*) FROM agreements");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stored:N0} agreements stored"));
    }
}
