using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Configuration;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>(["--Listen:Url", "http://0.0.0.0:80"]));
        Assert.Contains(refusal.Problems, problem => problem.StartsWith("Space:Id", StringComparison.Ordinal));
        Assert.Contains(refusal.Problems, problem => problem.StartsWith("Participant:Id", StringComparison.Ordinal));
        Assert.Contains(refusal.Problems, problem => problem.StartsWith("Storage:Folder", StringComparison.Ordinal));
        Assert.Contains(refusal.Problems, problem => problem.StartsWith("Listen:Url", StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        File.WriteAllText(folder["service.json"], """{"Space":{"Id":"from-file"},"Participant":{"Id":"did:web:a.example"},"Storage":{"Folder":"data"}}""");
        var settings = SettingsLoader.Load<ServiceSettings>(["--config", folder["service.json"], "--Participant:Id", "did:web:b.example"]);
        Assert.Equal("from-file", settings.Space.Id);
        Assert.Equal("did:web:b.example", settings.Participant.Id);
    }

    [Fact]
    public void Each_file_gives_settings_of_its_own_below_the_command_line()
    {
        File.WriteAllText(folder["a.json"], """{"Space":{"Id":"a"},"Participant":{"Id":"did:web:a.example"},"Storage":{"Folder":"data-a"}}""");
        File.WriteAllText(folder["b.json"], """{"Space":{"Id":"b"},"Participant":{"Id":"did:web:a.example"},"Storage":{"Folder":"data-b"}}""");
        var settings = SettingsLoader.LoadAll<ServiceSettings>(["--config", folder["a.json"], "--Outbox:Parallel", "7", "--config=" + folder["b.json"]]);
        Assert.Equal([("a", "data-a", 7), ("b", "data-b", 7)], settings.Select(one => (one.Space.Id, one.Storage.Folder, one.Outbox.Parallel)));
        Assert.Equal("b", Assert.Single(SettingsLoader.LoadAll<ServiceSettings>(["--config", folder["b.json"]])).Space.Id);
    }

    [Fact]
    public void What_is_wrong_in_one_of_several_files_is_told_with_its_name()
    {
        File.WriteAllText(folder["a.json"], """{"Space":{"Id":"a"},"Participant":{"Id":"did:web:a.example"},"Storage":{"Folder":"data-a"}}""");
        File.WriteAllText(folder["b.json"], """{"Space":{"Id":"b"}}""");
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.LoadAll<ServiceSettings>(["--config", folder["a.json"], "--config", folder["b.json"]]));
        Assert.Equal(2, refusal.Problems.Count);
        Assert.All(refusal.Problems, problem => Assert.StartsWith(folder["b.json"] + ": ", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void All_files_are_read_before_what_is_wrong_is_told()
    {
        File.WriteAllText(folder["a.json"], """{"Space":{"Id":"a"},"Storage":{"Foldr":"data-a"}}""");
        File.WriteAllText(folder["b.json"], """{"Space":{"Id":"b"}}""");
        string[] files = [folder["a.json"], folder["b.json"], folder["none.json"]];
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.LoadAll<ServiceSettings>([.. files.SelectMany(file => new[] { "--config", file })]));
        Assert.All(files, file => Assert.Contains(refusal.Problems, problem => problem.StartsWith(file + ": ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_program_of_one_service_takes_one_file()
    {
        File.WriteAllText(folder["a.json"], """{"Space":{"Id":"a"},"Participant":{"Id":"did:web:a.example"},"Storage":{"Folder":"data-a"}}""");
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>(["--config", folder["a.json"], "--config", folder["a.json"]]));
        Assert.Contains("--config names 2 files", Assert.Single(refusal.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Storage:Foldr", "x", "command line: Storage:Foldr is no setting: did you mean 'Folder'? Known here: Folder, GroupCommitLimit")]
    [InlineData("--Outbox:FirstPause", "soon", "command line: Outbox:FirstPause 'soon' is not a length of time, for example 00:00:30 or 1.00:00:00 (a day)")]
    [InlineData("--Outbox:Parallel", "many", "command line: Outbox:Parallel 'many' is not a whole number in its range")]
    [InlineData("--Egress:AllowPrivateAddresses", "maybe", "command line: Egress:AllowPrivateAddresses 'maybe' is not true or false")]
    public void An_unknown_setting_or_an_unreadable_value_is_refused_in_words(string name, string value, string problem) =>
        Assert.Equal([problem], Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>([name, value])).Problems);

    [Theory]
    [InlineData("{\n  \"Space\": { \"Id\": \"a\" \n  \"Listen\": {}\n}", "line 3, column 3: this is not JSON: ")]
    [InlineData("{ \"Lisen\": { \"Url\": \"x\" } }", "Lisen is no setting: did you mean 'Listen'? Known here: ")]
    public void What_is_wrong_in_a_file_is_told_with_its_place(string text, string problem)
    {
        File.WriteAllText(folder["a.json"], text);
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>(["--config", folder["a.json"]]));
        Assert.StartsWith($"{folder["a.json"]}: {problem}", Assert.Single(refusal.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Management:Issuer", "http://elsewhere.example")]
    [InlineData("--Management:Issuer", "https://id.example")]
    [InlineData("--Management:Audience", "grid")]
    [InlineData("--Keys:PublishAhead", "02:00:00")]
    [InlineData("--Keys:Overlap", "01:00:00")]
    public void Settings_of_identity_that_would_open_or_close_too_much_are_refused(string name, string value)
    {
        var refusal = Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>(
            ["--Space:Id", "s", "--Participant:Id", "did:web:a.example", "--Storage:Folder", folder["data"], name, value]));
        Assert.All(refusal.Problems, problem => Assert.Matches("^(Management|Keys):", problem));
    }

    [Theory]
    [InlineData("http://192.168.1.5:8080")]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("ftp://127.0.0.1")]
    public void Plain_http_off_loopback_is_refused(string url) =>
        Assert.NotEmpty(new ListenOptions { Url = url }.Problems());

    [Fact]
    public void A_variable_of_the_environment_that_names_no_setting_is_left_alone_and_a_misspelt_setting_is_not()
    {
        string[] complete = ["--Space:Id", "s", "--Participant:Id", "did:web:a.example", "--Storage:Folder", folder["data"]];
        Environment.SetEnvironmentVariable("TDS_TEST_TOKEN", "x");
        Environment.SetEnvironmentVariable("TDS_Participant__Name", "from the environment");
        try
        {
            Assert.Equal("from the environment", SettingsLoader.Load<ServiceSettings>(complete).Participant.Name);
            Environment.SetEnvironmentVariable("TDS_Participant__Nmae", "x");
            Assert.Throws<InvalidSettingsException>(() => SettingsLoader.Load<ServiceSettings>(complete));
        }
        finally
        {
            Environment.SetEnvironmentVariable("TDS_TEST_TOKEN", null);
            Environment.SetEnvironmentVariable("TDS_Participant__Name", null);
            Environment.SetEnvironmentVariable("TDS_Participant__Nmae", null);
        }
    }

    [Fact]
    public void Printed_settings_show_no_secret()
    {
        var settings = TestService.Settings(folder) with
        {
            Management = new() { Token = "management-secret" },
            Keys = new() { MasterKey = "master-secret" },
        };
        Assert.DoesNotContain("secret", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_settable_clock_runs_on_from_where_it_was_set()
    {
        var clock = new SettableClock();
        var noon = new DateTimeOffset(2026, 5, 12, 12, 0, 0, TimeSpan.Zero);
        clock.Set(noon);
        Assert.InRange(clock.GetUtcNow(), noon, noon + Deadline.Limit);
    }
}
