using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>A flow of a connector to a peer that publishes a key to encrypt to, for tests that change nothing about it.</summary>
public sealed class SharedFlow : IAsyncLifetime
{
    internal TestSpace Space { get; private set; } = null!;

    internal TestConnector Connector { get; private set; } = null!;

    internal string Agreement { get; private set; } = "";

    internal HeldFlow Flow { get; private set; } = null!;

    internal string Replica => Connector.Service<FlowKeys>().Replica;

    public async ValueTask InitializeAsync()
    {
        Space = await TestSpace.StartAsync();
        Space.Filing = TestSpace.Receipt;
        Space.PublishesAgreementKey = true;
        Connector = await TestConnector.StartAsync(Space);
        Agreement = await Connector.AgreeAsProviderAsync();
        Flow = await HeldFlow.StartAsync(Connector, Agreement);
    }

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        await Space.DisposeAsync();
    }
}
