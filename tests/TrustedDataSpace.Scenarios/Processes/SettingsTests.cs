using System.Text.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>Each source of settings is enough by itself for a start, and which one wins.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Programs.Authority)]
    [InlineData(Programs.Connector)]
    public async Task A_program_starts_with_settings_of_a_file(string program)
    {
        await using var service = await ServiceProcess.StartAsync(program, ["--config", WriteFile(Programs.Least(program, folder))]);
        Assert.Equal(0, await service.TerminateAsync());
    }

    [Theory]
    [InlineData(Programs.Authority)]
    [InlineData(Programs.Connector)]
    public async Task A_program_starts_with_settings_of_the_environment(string program)
    {
        await using var service = await ServiceProcess.StartAsync(program, [], InEnvironment(Programs.Least(program, folder)));
        Assert.Equal(0, await service.TerminateAsync());
    }

    [Theory]
    [InlineData(Programs.Authority)]
    [InlineData(Programs.Connector)]
    public async Task A_program_starts_with_settings_of_the_command_line(string program)
    {
        await using var service = await Programs.StartAsync(program, folder);
        Assert.Equal(0, await service.TerminateAsync());
    }

    [Fact]
    public async Task The_environment_wins_over_the_file_and_the_command_line_over_both()
    {
        var file = WriteFile(new Dictionary<string, string>(Programs.Least(Programs.Authority, folder)) { ["Listen:PublicUrl"] = "https://file.example" });
        var environment = new Dictionary<string, string> { ["TDS_Listen__PublicUrl"] = "https://environment.example" };
        await using (var service = await ServiceProcess.StartAsync(Programs.Authority, ["--config", file], environment))
        {
            Assert.Equal("environment.example", service.Url.Host);
        }

        await using var other = await ServiceProcess.StartAsync(
            Programs.Authority, ["--config", file, "--Listen:PublicUrl", "https://line.example"], environment);
        Assert.Equal("line.example", other.Url.Host);
    }

    [Fact]
    public async Task Tds_tells_its_commands_and_refuses_others_with_code_2()
    {
        var (code, output, _) = await ServiceProcess.RunAsync(Programs.Tds, ["--help"]);
        Assert.Equal(0, code);
        Assert.Contains("demo", output, StringComparison.Ordinal);
        (code, _, var errors) = await ServiceProcess.RunAsync(Programs.Tds, ["up", folder["absent"], "--data", folder["state"]]);
        Assert.Equal(2, code);
        Assert.Contains("space.yaml", errors, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> InEnvironment(Dictionary<string, string> settings) =>
        settings.ToDictionary(setting => "TDS_" + setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);

    // Flat keys: the configuration reads "A:B" as the section A with B.
    private string WriteFile(Dictionary<string, string> settings)
    {
        File.WriteAllText(folder["service.json"], JsonSerializer.Serialize(settings));
        return folder["service.json"];
    }
}
