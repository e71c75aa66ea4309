using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Evidence;

public sealed class EvidenceShipperTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_storage_that_fails_delays_the_evidence_and_does_not_end_the_worker()
    {
        await connector.Service<Database>().WriteAsync(unit => unit.Execute("ALTER TABLE evidence_shipment RENAME TO out_of_reach"));
        var log = new FirstWord();
        using var shipper = ActivatorUtilities.CreateInstance<EvidenceShipper>(connector.Service<IServiceProvider>(), log);
        await shipper.StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains("evidence_shipment", await log.Said.Within("the worker to say what is wrong"), StringComparison.Ordinal);
        Assert.False(shipper.ExecuteTask!.IsCompleted);
        await shipper.StopAsync(TestContext.Current.CancellationToken);
    }

    private sealed class FirstWord : ILogger<EvidenceShipper>
    {
        private readonly TaskCompletionSource<string> said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Said => said.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        // The connector has a shipper of its own, which may look at the log at the same moment.
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) is var text && text.Contains("evidence_shipment", StringComparison.Ordinal))
            {
                said.TrySetResult(text);
            }
        }
    }
}
