using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Json;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>Finds what the binder would refuse in words about its own types: settings that are not known, and values that cannot be read.</summary>
internal static class SettingsSpelling
{
    /// <summary>All that is wrong, each with its source and its setting.</summary>
    public static IEnumerable<string> Problems(IConfigurationRoot settings, Type type, string? file) => Problems(settings, settings, type, file);

    private static IEnumerable<string> Problems(IConfigurationRoot all, IConfiguration section, Type type, string? file)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        foreach (var child in section.GetChildren())
        {
            var property = known.Find(one => one.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            var found = property is null ? [$"{child.Path} is no setting: {KnownNames.Instead(child.Key, [.. known.Select(one => one.Name)])}"]
                : IsSection(property.PropertyType) ? Problems(all, child, property.PropertyType, file)
                : Unreadable(child, property.PropertyType) is { } problem ? [problem]
                : [];
            foreach (var one in found)
            {
                yield return IsSection(property?.PropertyType ?? typeof(string)) ? one : $"{SourceOf(all, child.Path, file)}: {one}";
            }
        }
    }

    private static bool IsSection(Type type) => type.IsClass && !type.IsArray && type.Assembly.GetName().Name!.StartsWith("TrustedDataSpace.", StringComparison.Ordinal);

    private static string? Unreadable(IConfigurationSection setting, Type type)
    {
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        var converter = TypeDescriptor.GetConverter(wanted);
        if (setting.Value is not { Length: > 0 } value || wanted == typeof(string) || !converter.CanConvertFrom(typeof(string)))
        {
            return null;
        }

        try
        {
            converter.ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return $"{setting.Path} '{value}' is not {Kind(wanted)}";
        }
    }

    private static string Kind(Type type) =>
        type == typeof(TimeSpan) ? "a length of time, for example 00:00:30 or 1.00:00:00 (a day)"
        : type == typeof(bool) ? "true or false"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(double) || type == typeof(decimal) ? "a number, for example 0.5"
        : type.IsPrimitive ? "a whole number in its range"
        : "a value of its kind";

    // The last source that has it: that is the one whose value counts.
    private static string SourceOf(IConfigurationRoot settings, string path, string? file) =>
        settings.Providers.Reverse().FirstOrDefault(provider => provider.TryGet(path, out _) || provider.GetChildKeys([], path).Any()) switch
        {
            JsonConfigurationProvider => file!,
            CommandLineConfigurationProvider => "command line",
            _ => "environment",
        };
}
