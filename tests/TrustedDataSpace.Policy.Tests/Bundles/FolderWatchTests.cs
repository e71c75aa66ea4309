using TrustedDataSpace.Policy.Bundles;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Bundles;

public sealed class FolderWatchTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tds-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task New_changed_renamed_and_deleted_files_are_told()
    {
        using var watch = new FolderWatch(folder.FullName);
        await ToldAsync(watch, () => File.WriteAllText(In("a.rego"), "1"));
        await ToldAsync(watch, () => File.WriteAllText(In("a.rego"), "22"));
        await ToldAsync(watch, () => File.Move(In("a.rego"), In("b.rego")));
        await ToldAsync(watch, () => File.Delete(In("b.rego")));
        await ToldAsync(watch, () => folder.CreateSubdirectory("below"));
        await ToldAsync(watch, () => File.WriteAllText(In("below/c.rego"), "1"));
    }

    [Fact]
    public async Task Change_before_the_question_is_not_lost()
    {
        using var watch = new FolderWatch(folder.FullName);
        await File.WriteAllTextAsync(In("a.rego"), "1");
        await watch.ChangedAsync(CancellationToken.None).WaitAsync(Deadline);
    }

    [Fact]
    public async Task Wait_ends_when_it_is_cancelled()
    {
        using var watch = new FolderWatch(folder.FullName);
        using var stop = new CancellationTokenSource();
        var waiting = watch.ChangedAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static async Task ToldAsync(FolderWatch watch, Action change)
    {
        var told = watch.ChangedAsync(CancellationToken.None);
        change();
        await told.WaitAsync(Deadline);
    }

    private string In(string name) => Path.Combine(folder.FullName, name);
}
