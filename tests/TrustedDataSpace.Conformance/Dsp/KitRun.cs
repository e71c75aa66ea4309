using TrustedDataSpace.Conformance.Dsp.Driver;
using TrustedDataSpace.Conformance.Dsp.Kit;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Conformance.Dsp;

/// <summary>The connector under test and the counterpart, each at a port of its own, for the tests of a group, one after another.</summary>
public sealed class KitRun : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly StringWriter output = new();
    private ConnectorDriver driver = null!;
    private Kit.Kit kit = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new DriverOptions { Port = FreePort.Find(), Kit = $"http://localhost:{FreePort.Find()}" };
        driver = await ConnectorDriver.StartAsync(options, folder.Path, TextWriter.Synchronized(output));
        kit = await Kit.Kit.StartAsync(KitSettings.Read(driver.ConfigurationFile));
    }

    public async ValueTask DisposeAsync()
    {
        await kit.DisposeAsync();
        await driver.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>The test passes, and the connector keeps what the specification asks beyond it.</summary>
    internal async Task PassAsync(string id)
    {
        var result = await kit.RunAsync(KitCase.All.Single(test => test.Id == id));
        Assert.True(result.Failure is null, $"{result.Failure}\n{output}");
        Assert.Empty(result.Remarks);
    }
}
