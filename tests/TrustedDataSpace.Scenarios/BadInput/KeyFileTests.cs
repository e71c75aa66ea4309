using TrustedDataSpace.Scenarios.Processes;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>A damaged master key file stops the start, and is not replaced by a new one.</summary>
public sealed class KeyFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("no key at all")]
    [InlineData("AAAA")]
    public async Task A_file_that_holds_no_key_stops_the_start_and_stays_as_it_is(string content)
    {
        var file = folder[Programs.Authority] + ".master-key";
        await File.WriteAllTextAsync(file, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var (code, output, errors) = await Programs.RunAsync(Programs.Authority, folder);
        Assert.Equal((2, content), (code, await File.ReadAllTextAsync(file)));
        Assert.Contains(file, errors, StringComparison.Ordinal);
        Assert.Contains("Restore it", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("shown this once", output, StringComparison.Ordinal);
    }
}
