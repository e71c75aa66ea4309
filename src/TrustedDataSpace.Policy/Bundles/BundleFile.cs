namespace TrustedDataSpace.Policy.Bundles;

/// <summary>One file of a bundle.</summary>
/// <param name="Path">Relative path with forward slashes: <c>tds/decision.rego</c>.</param>
/// <param name="Text">Its content.</param>
public sealed record BundleFile(string Path, string Text);
