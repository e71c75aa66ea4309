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
    private readonly StringWriter written = new();
    private readonly TextWriter output;
    private ConnectorDriver driver = null!;
    private Kit.Kit kit = null!;

    public KitRun() => output = TextWriter.Synchronized(written);

    public async ValueTask InitializeAsync()
    {
        var options = new DriverOptions { Port = FreePort.Find(), Kit = $"http://localhost:{FreePort.Find()}" };
        driver = await ConnectorDriver.StartAsync(options, folder.Path, output);
        kit = await Kit.Kit.StartAsync(KitSettings.Read(driver.ConfigurationFile), forgives: true);
    }

    public async ValueTask DisposeAsync()
    {
        await kit.DisposeAsync();
        await driver.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>What the driver said about the test.</summary>
    private string Said(string id)
    {
        // The writer locks itself.
        lock (output)
        {
            return string.Join('\n', written.ToString().Split('\n').Where(line => line.StartsWith(id, StringComparison.Ordinal)));
        }
    }

    /// <summary>The test passes, and the connector keeps what the specification asks beyond it.</summary>
    internal async Task PassAsync(string id)
    {
        var result = await kit.RunAsync(KitCase.All.Single(test => test.Id == id));
        Assert.True(result.Failure is null, $"{result.Failure}\n{Said(id)}");
        Assert.Empty(result.Remarks);
    }
}
