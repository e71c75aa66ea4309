using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>What stops a start: exit code 2 and one message that says what, where, and what to do. Nothing is left half done.</summary>
public sealed class StartFailureTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string Data => folder[Programs.Authority];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_port_in_use_stops_the_start_and_no_token_is_lost()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        await RefusedAsync(["--Listen:Url", url], url, "in use", "Listen:Url");
        await RefusedAsync(Programs.Connector, ["--Listen:Url", url], url, "in use", "Listen:Url");

        await using var service = await Programs.StartAsync(Programs.Authority, folder);
        Assert.NotEmpty(service.ShownToken());
    }

    [Fact]
    public async Task A_folder_that_takes_no_files_stops_the_start()
    {
        // Nobody, not even root, can make a file here.
        if (Directory.Exists("/proc"))
        {
            await RefusedAsync(["--Storage:Folder", "/proc"], "/proc/tds.lock", "right to write");
        }
    }

    [Fact]
    public async Task A_damaged_database_stops_the_start_and_stays_as_it_is()
    {
        await using (var service = await Programs.StartAsync(Programs.Authority, folder))
        {
            await service.TerminateAsync();
        }

        var file = Path.Combine(Data, "tds.sqlite");
        var damaged = RandomNumberGenerator.GetBytes(8192);
        await File.WriteAllBytesAsync(file, damaged);
        await RefusedAsync([], file, "damaged", "restore a backup");
        Assert.Equal(damaged, await File.ReadAllBytesAsync(file));
    }

    [Fact]
    public async Task A_wrong_or_missing_master_key_stops_the_start_and_the_right_one_starts_again()
    {
        foreach (var program in new[] { Programs.Authority, Programs.Connector })
        {
            var keyFile = folder[program] + ".master-key";
            await using (var service = await Programs.StartAsync(program, folder))
            {
                await service.TerminateAsync();
            }

            var right = await File.ReadAllTextAsync(keyFile);
            await File.WriteAllTextAsync(keyFile, Convert.ToBase64String(new byte[32]));
            await RefusedAsync(program, [], keyFile, "not the one", "Restore");
            File.Delete(keyFile);
            await RefusedAsync(program, [], keyFile, "missing", "restore the file");
            Assert.False(File.Exists(keyFile));

            await using var again = await Programs.StartAsync(program, folder, "--Keys:MasterKey", right);
            Assert.Equal(0, await again.TerminateAsync());
        }
    }

    [Fact]
    public async Task Wrong_settings_are_all_named()
    {
        await RefusedAsync(["--Space:Id", "", "--Listen:Url", "http://0.0.0.0:8080", "--Egress:TrustedCertificates", "x"], "Space:Id", "Listen:Url");
        await RefusedAsync(["--Storage:Foldr", "x"], "Foldr");
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_stops_the_start()
    {
        await RefusedAsync(
            ["--Listen:Url", "https://127.0.0.1:0", "--Listen:CertificateFile", folder["absent.crt"], "--Listen:KeyFile", folder["absent.key"]],
            folder["absent.crt"],
            "Listen:CertificateFile");
    }

    [Fact]
    public async Task A_file_of_trusted_certificates_that_cannot_be_read_stops_the_start() =>
        await RefusedAsync(Programs.Connector, ["--Egress:TrustedCertificates", folder["absent.pem"]], folder["absent.pem"], "Egress:TrustedCertificates");

    private Task RefusedAsync(string[] arguments, params string[] said) => RefusedAsync(Programs.Authority, arguments, said);

    private async Task RefusedAsync(string program, string[] arguments, params string[] said)
    {
        var (code, output, errors) = await Programs.RunAsync(program, folder, arguments);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", errors + output, StringComparison.Ordinal);
        Assert.All(said, word => Assert.Contains(word, errors, StringComparison.Ordinal));
        Assert.DoesNotContain("listening on", output, StringComparison.Ordinal);
        Assert.DoesNotContain("shown this once", output, StringComparison.Ordinal);
    }
}
