using System.Collections;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>Reads a service's settings: file (<c>--config FILE</c>, JSON), then environment (<c>TDS_Section__Name</c>), then command line (<c>--Section:Name value</c>). Later ones win.</summary>
public static class SettingsLoader
{
    private const string Prefix = "TDS_";

    /// <summary>Reads and checks the settings; every problem is reported at once.</summary>
    /// <exception cref="InvalidSettingsException">Something is missing, unknown or wrong.</exception>
    public static T Load<T>(string[] arguments)
        where T : ServiceSettings, new()
    {
        var files = Files(arguments);
        if (files.Count > 1)
        {
            // The last one would win, and the others be as if they had never been named.
            throw new InvalidSettingsException([$"--config names {files.Count} files ({string.Join(", ", files)}): this program hosts one service. Start one process for each"]);
        }

        var builder = new ConfigurationBuilder();
        if (files is [var file])
        {
            builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        }

        builder.AddInMemoryCollection(SettingsOfEnvironment());
        builder.AddCommandLine([.. WithoutConfig(arguments)]);
        T? settings;
        try
        {
            // A misspelt setting would silently leave its default in force.
            var read = builder.Build();
            var problems = SettingsSpelling.Problems(read, typeof(T), files.FirstOrDefault()).ToList();
            settings = problems.Count == 0 ? read.Get<T>(binder => binder.ErrorOnUnknownConfiguration = true) : throw new InvalidSettingsException(problems);
        }
        catch (FileNotFoundException)
        {
            throw new InvalidSettingsException([$"{files[0]}: there is no such file; --config names the settings of a service in JSON"]);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidSettingsException([$"{files[0]}: {Describe(failure)}"]);
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidSettingsException([failure.Message]);
        }

        return Checked(settings ?? new T());
    }

    /// <summary>
    /// Reads and checks the settings of each file that <c>--config</c> names, for a process that hosts a service for each. Environment and
    /// command line stand above all of them.
    /// </summary>
    /// <returns>In the order of the files; without any, what environment and command line say.</returns>
    /// <exception cref="InvalidSettingsException">Something is wrong in one or more of them; all of it is named, with the file.</exception>
    public static IReadOnlyList<T> LoadAll<T>(string[] arguments)
        where T : ServiceSettings, new()
    {
        var files = Files(arguments);
        if (files.Count < 2)
        {
            return [Load<T>(arguments)];
        }

        var rest = WithoutConfig(arguments).ToList();
        var settings = new List<T>();
        var problems = new List<string>();
        foreach (var file in files)
        {
            try
            {
                settings.Add(Load<T>(["--config", file, .. rest]));
            }
            catch (InvalidSettingsException failure)
            {
                problems.AddRange(failure.Problems.Select(problem => problem.StartsWith(file + ": ", StringComparison.Ordinal) ? problem : $"{file}: {problem}"));
            }
        }

        return problems.Count == 0 ? settings : throw new InvalidSettingsException(problems);
    }

    /// <summary>Checks settings that were made in code.</summary>
    public static T Checked<T>(T settings)
        where T : ServiceSettings
    {
        ArgumentNullException.ThrowIfNull(settings);
        var problems = settings.Problems().ToList();
        return problems.Count == 0 ? settings : throw new InvalidSettingsException(problems);
    }

    /// <summary>What is wrong with a file that is no settings file in JSON, and where.</summary>
    public static string Describe(InvalidDataException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        for (Exception? inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is JsonException { LineNumber: { } line, BytePositionInLine: { } column } json)
            {
                return string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, column {column + 1}: this is not JSON: {json.Message.Split(" LineNumber:")[0]}");
            }
        }

        return failure.InnerException?.Message ?? failure.Message;
    }

    // Every setting has a section, so a name without '__' (TDS_MANAGEMENT_TOKEN, which tds itself reads) is none and is left alone.
    private static Dictionary<string, string?> SettingsOfEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(variable => (Name: (string)variable.Key, Value: (string?)variable.Value))
        .Where(variable => variable.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && variable.Name.Contains("__", StringComparison.Ordinal))
        .ToDictionary(variable => variable.Name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), variable => variable.Value);

    private static List<string> Files(string[] arguments)
    {
        const string Inline = "--config=";
        var files = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--config" && i + 1 < arguments.Length)
            {
                files.Add(arguments[++i]);
            }
            else if (arguments[i].StartsWith(Inline, StringComparison.Ordinal))
            {
                files.Add(arguments[i][Inline.Length..]);
            }
        }

        return files;
    }

    private static IEnumerable<string> WithoutConfig(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--config")
            {
                i++;
            }
            else if (!arguments[i].StartsWith("--config=", StringComparison.Ordinal))
            {
                yield return arguments[i];
            }
        }
    }
}

/// <summary>The settings do not allow a start.</summary>
public sealed class InvalidSettingsException(IReadOnlyList<string> problems)
    : Exception("The settings are not valid:" + string.Concat(problems.Select(problem => Environment.NewLine + "  - " + problem)))
{
    /// <summary>Each names its setting.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
