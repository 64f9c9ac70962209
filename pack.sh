#!/usr/bin/env bash
# Packs the four packages of the SDK into a folder (default artifacts/packages). With --try it also restores them from that folder
# into an empty project, apart from every other feed's Emend, builds it under the analyzers for trimming and machine code, and runs it.
# --no-build packs what was built (EMEND_CONFIGURATION, default Release). The tests do both: tests/Emend.HouseRules.Tests/The_packages.cs.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
out=$root/artifacts/packages
try=no
build=()
for argument in "$@"; do
  case $argument in
    --try) try=yes ;;
    --no-build) build=(--no-build) ;;
    *) out=$(mkdir -p "$argument" && cd "$argument" && pwd) ;;
  esac
done
mkdir -p "$out" && rm -f "$out"/Emend.*.nupkg "$out"/Emend.*.snupkg
for name in Emend.Logic Emend.Contracts Emend.Client Emend.Client.AI; do
  dotnet pack "$root/src/$name/$name.csproj" -c "${EMEND_CONFIGURATION:-Release}" -o "$out" --nologo -v q "${build[@]}"
done
ls -1 "$out"
[ "$try" = yes ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/try.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <EnableTrimAnalyzer>true</EnableTrimAnalyzer>
    <EnableAotAnalyzer>true</EnableAotAnalyzer>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Emend.Client" Version="0.1.0" />
    <PackageReference Include="Emend.Client.AI" Version="0.1.0" />
  </ItemGroup>
</Project>
XML
cat > "$work/Program.cs" <<'CS'
using Emend.Client;
using Emend.Client.AI;
using Emend.Logic;
using Microsoft.Extensions.AI;

await using var emend = EmendClient.Open(new() { Agent = "router", StateFolder = Path.Combine(AppContext.BaseDirectory, "state") });
var result = emend.Decide(new Proposal(Context.Of([new("topic", FeatureValue.Of("x"))]), new AgentAction("a")));
var receipt = await emend.CorrectAsync(new() { DecisionId = result.Id.ToString(), Verdict = CorrectionVerdict.Reject, By = "rosa" });
var tool = AIFunctionFactory.Create(() => "ran", "tool").WithEmend(emend);
Console.WriteLine($"{result.Action} {result.Fallback} {receipt.IsRecorded} {await tool.InvokeAsync()}");
CS
# A packages folder of its own, so that the packages come from the feed under test and not from an earlier run; everything else from what is
# on this machine already, or from the feeds that are configured.
global=${NUGET_PACKAGES:-$HOME/.nuget/packages}
dotnet restore "$work/try.csproj" --packages "$work/packages" -p:RestoreAdditionalProjectSources="$out" -p:RestoreFallbackFolders="$global" -v q --nologo
dotnet build "$work/try.csproj" --no-restore -c Release -o "$work/out" -v q --nologo
answer=$(dotnet "$work/out/try.dll")
echo "the empty project says: $answer"
[ "$answer" = "a NoBundle True ran" ]
