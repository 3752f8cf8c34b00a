"""Causes injected one by one into healthy networks, and whether the right one is among the first two that are told.

A case counts as right where an accepted name is among the first two distinct names, of severity warning or more, of
``check_model`` or of ``diagnose``; as detected where such a name is anywhere, at any place. What a cause costs (its
harm) is the loss of balanced accuracy or R² on the test part against the healthy twin of the same seed. A false alarm
is a healthy twin with an issue of severity warning or more.

``--quick`` takes one strength, one network a cause and one seed; ``--programs`` the fixtures of
tests/diagnosis/programs; ``--times`` three trainings of realistic size. ``--fault`` and ``--network`` narrow it.
README.md tells which seeds the library was mended by: report on others.
"""

import argparse
import collections
import importlib
import itertools
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from diagnose_faults import FAULTS, STRENGTHS
from diagnose_networks import NETWORKS, Plan, batches, convolving, dense, score, trained
from measuring import tell
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.preprocessing import StandardScaler

import datafix

REPORTED = 200
CASE = ("kind", "name", "strength", "network", "seed")
COSTLY = 0.03  # loss of balanced accuracy or R² from which on a cause does harm
ROOT = Path(__file__).resolve().parents[1]
VOCABULARY = {
    "batch_normalisation": "batch_statistics",
    "batch_size": "batches",
    "capacity_large": "overfitting",
    "capacity_small": "underfitting",
    "class_imbalance": "rare_classes",
    "dead_units": "activations trained_model",
    "drift": "drift unlike_training",
    "dropout_too_strong": "underfitting",  # no check has it alone
    "epochs_few": "training_length",
    "epochs_many": "overfitting training_length",
    "head_activation": "head_and_loss",
    "hidden_activation": "activations",
    "inputs_missing": "input_values",
    "inputs_unscaled": "input_scale",
    "label_noise": "mislabeled_train",
    "labels_form": "label_values head_and_loss",
    "learning_rate_high": "learning_rate",
    "learning_rate_low": "learning_rate",
    "loss": "head_and_loss loss_value",
    "metric_hides": "metrics",
    "optimizer": "learning_rate",
    "random_inference": "steady_outputs trained_model",
    "regularisation_missing": "overfitting",
    "rows_misaligned": "unrelated_labels label_order",
    "skew_train_test": "serving_skew drift",
    "target_unscaled": "label_values",
    "vanishing_gradients": "gradients",
}  # the other words are names of checks


def alarms(report):
    return [(issue.check, str(issue.severity), issue.message) for issue in report.at_least("warning").issues]


def first_two(told):
    return list(dict.fromkeys(check for check, *_ in told))[:2]


def asked(function, *given, **named):
    """Return what a function of the library told, or the exception as what it told, and the CPU seconds."""
    start = time.process_time()
    try:
        told = alarms(function(*given, **named))
    except Exception as error:  # noqa: BLE001 - a crash is a result, and would end all other cases
        told = [("raised", "error", f"{type(error).__name__}: {error}"[:300])]
    return told, time.process_time() - start


def measured(plan, right):
    """Check, train and diagnose one network."""
    prepared = plan.prepared()
    model = plan.model(prepared.train.features.shape[1:])
    before, checking = asked(datafix.check_model, model, batches(plan, prepared) if plan.as_dataset else prepared)
    start = time.process_time()
    history = trained(plan, model, prepared)
    training = time.process_time() - start
    after, diagnosing = asked(datafix.diagnose, model, prepared, history=history)
    told = score(plan, model, prepared.test)
    honest = told if plan.honest is None else score(plan, model, plan.honest(prepared))
    return {
        "score": told,
        "overstated": told - honest if plan.honest else None,
        "cpu": [checking, training, diagnosing],
        **judged(before, after, right),
    }


def judged(before, after, right):
    return {
        "right_before": bool(right & set(first_two(before))),
        "right_after": bool(right & set(first_two(after))),
        "detected": bool(right & {check for check, *_ in before + after}),
        "before": before,
        "after": after,
    }


def run(case):
    """Measure a healthy network (fault None), a faulty one, or a program; in a process of its own."""
    kind, name, strength, network, seed = case
    found = dict(zip(CASE, case, strict=True))
    keras.backend.clear_session()
    start = time.process_time()
    if kind == "program":
        found |= program(name, mended=strength == "mended")
    else:
        plan, right = NETWORKS[network](seed), frozenset()
        if kind == "fault":
            (fault,) = (fault for fault in FAULTS if fault.inject.__name__ == name)
            level = STRENGTHS.index(strength)
            fault.inject(plan, level, np.random.default_rng([seed, level, len(name)]))
            right = fault.right
        found |= measured(plan, right)
    return found | {"all_cpu": time.process_time() - start}


def program(name, *, mended):
    module = importlib.import_module(f"tests.diagnosis.programs.{name}")
    model, prepared, how = module.program(mended)
    right = {check for word in module.CAUSES for check in VOCABULARY.get(word, word).split()}
    before, checking = asked(datafix.check_model, model, prepared)
    start = time.process_time()
    history = model.fit(prepared.train.features, prepared.train.target, verbose=0, **how)
    training = time.process_time() - start
    after, diagnosing = asked(datafix.diagnose, model, prepared, history=history)
    return {"causes": module.CAUSES, "cpu": [checking, training, diagnosing], **judged(before, after, right)}


def one_thread():
    sys.path.insert(0, str(ROOT))
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def case_of(found):
    return tuple(found[field] for field in CASE)


def results(cases, jobs, keep):
    """Yield what was measured of each case, and keep it as JSON lines; what is kept is not measured again."""
    if keep and keep.exists():
        kept = {case_of(each): each for each in map(json.loads, keep.read_text().splitlines())}
        yield from (kept[case] for case in cases if case in kept)
        cases = [case for case in cases if case not in kept]
    with multiprocessing.get_context("spawn").Pool(jobs, one_thread, maxtasksperchild=40) as pool:
        for found in pool.imap_unordered(run, cases):
            if keep:
                with keep.open("a") as file:
                    file.write(json.dumps(found) + "\n")
            yield found


def cases_of(chosen):
    """Return the healthy twins and the faults of each strength, which has a seed of its own."""
    faults = [fault for fault in FAULTS if not chosen.fault or fault.inject.__name__ in chosen.fault]
    strengths = STRENGTHS[1:2] if chosen.quick else STRENGTHS
    healthy = [name for name in NETWORKS if not chosen.network or name in chosen.network]
    planned = []
    for strength in strengths:
        seed = chosen.seed + STRENGTHS.index(strength)
        planned += [("healthy", None, None, name, seed) for name in healthy]
        for i, fault in enumerate(faults):
            names = [name for name in fault.networks if name in healthy]
            names = names[i % len(names) :][:1] if chosen.quick and names else names
            planned += [("fault", fault.inject.__name__, strength, name, seed) for name in names]
    return planned


def with_harm(found):
    """Set the harm: what the score lost against the healthy twin, or what it overstates."""
    healthy = {(each["network"], each["seed"]): each["score"] for each in found if each["kind"] == "healthy"}
    for each in found:
        if each["kind"] == "fault":
            lost = healthy.get((each["network"], each["seed"]), np.nan) - each["score"]
            each["harm"] = lost if each["overstated"] is None else each["overstated"]
    return found


def share(cases, *fields):
    return f"{sum(any(each[field] for field in fields) for each in cases)}/{len(cases)}"


def show_table(found, title):
    """Print a line a cause, and the totals."""
    by_name = collections.defaultdict(list)
    for each in found:
        by_name[each["name"]].append(each)
    print(f"\n{title:34}{'n':>4}{'harm':>8}{'right':>9}{'check':>9}{'diagnose':>10}{'costly':>9}{'detected':>10}")
    for name, cases in [*by_name.items(), ("total", found)]:
        harms = [each.get("harm", np.nan) for each in cases]
        costly = [each for each in cases if each.get("harm", 1) >= COSTLY]
        print(
            f"{name:34}{len(cases):4}{np.mean(harms):8.2f}{share(cases, 'right_before', 'right_after'):>9}"
            f"{share(cases, 'right_before'):>9}{share(cases, 'right_after'):>10}"
            f"{share(costly, 'right_before', 'right_after'):>9}{share(cases, 'detected'):>10}"
        )


def show_missed(found):
    for each in found:
        if not (each["right_before"] or each["right_after"]):
            where = {field: each[field] for field in ("name", "strength", "network", "seed") if each[field] is not None}
            told = {field: each[field][:3] for field in ("before", "after")}
            print(json.dumps({"missed": where, "harm": round(each.get("harm", np.nan), 3), **told}))


def show_alarms(healthy):
    for each in healthy:
        if each["before"] or each["after"]:
            where = [each[field] for field in ("name", "network", "seed") if each[field] is not None]
            print(json.dumps({"alarm": where, "before": each["before"], "after": each["after"]}))
    n = len(healthy)
    before = sum(bool(each["before"]) for each in healthy)
    after = sum(bool(each["after"]) for each in healthy)
    either = sum(bool(each["before"] or each["after"]) for each in healthy)
    errors = sum(any(told[1] == "error" for told in each["before"] + each["after"]) for each in healthy)
    tell("diagnose_suite", healthy=n, alarms_before=before, alarms_after=after, either=either, with_an_error=errors)


def large():
    """Yield three plans whose training takes some 20 to 60 CPU seconds."""
    X, y = make_classification(60_000, 30, n_informative=12, n_classes=4, class_sep=1.5, random_state=0)
    yield "table, 60,000 x 30", Plan(X, y, 0, "classes", dense, pipeline=StandardScaler(), widths=(128, 64), epochs=15)
    images = load_digits().images[..., None].astype("float32") / 16
    images = tf.image.resize(images, (32, 32)).numpy()
    target = load_digits().target
    yield "images, 1,797 of 32 x 32", Plan(images, target, 0, "classes", convolving, widths=(32, 64, 64), epochs=20)
    X, y = make_friedman1(60_000, 20, noise=0.5, random_state=0)
    yield "regression, 60,000 x 20", Plan(X, y, 0, "quantity", dense, pipeline=StandardScaler(), epochs=15)


def run_times():
    ratios = []
    for name, plan in large():
        checking, training, diagnosing = measured(plan, frozenset())["cpu"]
        ratios.append((checking / training, diagnosing / training))
        tell("diagnose_suite", times=name, check_cpu_s=checking, training_cpu_s=training, diagnose_cpu_s=diagnosing)
    check, diagnose = np.median(ratios, axis=0)
    tell("diagnose_suite", median_check=float(check), median_diagnose=float(diagnose))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=REPORTED)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--programs", action="store_true")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("--fault", action="append")
    parser.add_argument("--network", action="append")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="JSON lines of all cases, by which a stopped run goes on")
    chosen = parser.parse_args()
    if chosen.times:
        run_times()
        return
    if chosen.programs:
        names = sorted(path.stem for path in (ROOT / "tests/diagnosis/programs").glob("p*.py"))
        cases = [("program", name, form, None, None) for form, name in itertools.product(("faulty", "mended"), names)]
    else:
        cases = cases_of(chosen)

    found = with_harm(list(results(cases, chosen.jobs, chosen.keep)))
    names = [fault.inject.__name__ for fault in FAULTS]
    found.sort(key=lambda each: (names.index(each["name"]) if each["name"] in names else 0, cases.index(case_of(each))))
    healthy = [each for each in found if each["kind"] == "healthy" or each["strength"] == "mended"]
    faulty = [each for each in found if each not in healthy]
    show_missed(faulty)
    show_table(faulty, "cause" if not chosen.programs else "program")
    show_alarms(healthy)
    costly = [each for each in faulty if each.get("harm", 1) >= COSTLY]
    tell(
        "diagnose_suite",
        cases=len(faulty),
        right=share(faulty, "right_before", "right_after"),
        right_of_costly=share(costly, "right_before", "right_after"),
        small_check=float(np.median([each["cpu"][0] / each["cpu"][1] for each in found])),
        small_diagnose=float(np.median([each["cpu"][2] / each["cpu"][1] for each in found])),
        cpu_s=sum(each["all_cpu"] for each in found),
    )


if __name__ == "__main__":
    main()
