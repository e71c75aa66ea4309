using System.Text;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Keys;

public sealed class MasterKeyTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string KeyFile => folder["data"] + ".master-key";

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_start_makes_a_key_file_outside_the_data_folder_that_only_the_owner_reads()
    {
        using var key = MasterKey.Open(TestService.Settings(folder), somethingIsSealed: false);
        Assert.True(File.Exists(KeyFile));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        }
    }

    [Fact]
    public void A_missing_key_is_not_replaced_while_something_is_sealed()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => MasterKey.Open(TestService.Settings(folder), somethingIsSealed: true));
        Assert.Contains("restore", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));
    }

    [Fact]
    public void A_key_inside_the_data_folder_is_refused()
    {
        var settings = TestService.Settings(folder) with { Keys = new KeyOptions { MasterKeyFile = Path.Combine(folder["data"], "key") } };
        Assert.Throws<InvalidOperationException>(() => MasterKey.Open(settings, false));
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused()
    {
        MasterKey.Open(TestService.Settings(folder), false).Dispose();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Assert.Throws<InvalidOperationException>(() => MasterKey.Open(TestService.Settings(folder), true));
        }
    }

    [Fact]
    public void Another_key_another_context_or_an_altered_box_opens_nothing()
    {
        using var key = MasterKey.Open(TestService.Settings(folder), false);
        var box = key.Seal("secret"u8, "a");
        Assert.Equal("secret", Encoding.UTF8.GetString(key.Open(box, "a")));
        Assert.Throws<InvalidOperationException>(() => key.Open(box, "b"));
        Assert.Throws<InvalidOperationException>(() => key.Open((box[0] == 'A' ? 'B' : 'A') + box[1..], "a"));
        Assert.Throws<InvalidOperationException>(() => key.Open("short", "a"));
        using var other = MasterKey.Open(TestService.Settings(folder) with { Keys = new KeyOptions { MasterKey = Convert.ToBase64String(new byte[32]) } }, true);
        Assert.Throws<InvalidOperationException>(() => other.Open(box, "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    public void A_key_of_the_wrong_size_is_refused(string given)
    {
        var settings = TestService.Settings(folder) with { Keys = new KeyOptions { MasterKey = given } };
        Assert.Throws<InvalidOperationException>(() => MasterKey.Open(settings, false));
    }

    [Fact]
    public async Task Signing_keys_survive_a_restart_and_need_their_master_key()
    {
        var settings = TestService.Settings(folder);
        string kid;
        await using (var database = TestService.Open(folder))
        {
            using var keys = new KeyStore(database, settings);
            kid = keys.Signing("participant").Kid;
        }

        await using (var database = TestService.Open(folder))
        {
            using var keys = new KeyStore(database, settings);
            Assert.Equal(kid, keys.Signing("participant").Kid);
        }

        File.Delete(KeyFile);
        await using var without = TestService.Open(folder);
        using var refused = new KeyStore(without, settings);
        Assert.Throws<InvalidOperationException>(() => refused.Signing("participant"));
    }
}
