using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>Indexes what an earlier version of this program published, or indexed by other rules: before the service listens, so that no search misses it.</summary>
internal sealed class ProductIndexing(Database database) : IHostedService
{
    private const int AtOnce = 200;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && await database.WriteAsync(IndexSome) > 0)
        {
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static int IndexSome(UnitOfWork unit)
    {
        var rows = ProductIndex.Unindexed(unit, AtOnce);
        rows.ForEach(row => ProductIndex.Put(unit, row));
        return rows.Count;
    }
}
