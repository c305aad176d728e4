"""The command line."""

from pathlib import Path

import pytest

from nn.demo.options import UsageError, parse


def test_defaults_follow_the_data():
    digits = parse(["train"])
    assert (digits.model, digits.side, digits.out) == ((64, 128, 64, 10), 8, Path("out"))
    mnist = parse(["train", "--data", "mnist"])
    assert (mnist.model, mnist.side) == ((1024, 1024, 1024, 10), 32)
    assert parse(["train", "--data", "mnist", "--model", "784-30-10"]).side == 28
    assert parse(["train", "--optimizer", "adam"]).lr != digits.lr


def test_everything_given():
    line = (
        "train --data mnist --data-root d --model 784-10 --activation tanh --epochs 3 "
        "--batch-size 7 --lr 0.5 --optimizer adam --seed 9 --out pictures"
    )
    options = parse(line.split())
    assert options.data_root == Path("d")
    assert options.model == (784, 10)
    assert (options.activation, options.optimizer, options.lr) == ("tanh", "adam", 0.5)
    assert (options.epochs, options.batch_size, options.seed) == (3, 7, 9)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "required: command"),
        ("learn", "invalid choice: 'learn'"),
        ("train --size 3", "unrecognized arguments: --size"),
        ("train --data cifar", "invalid choice: 'cifar'"),
        ("train --model 64x10", "such as 64-128-64-10, got '64x10'"),
        ("train --model 64", "such as 64-128-64-10, got '64'"),
        ("train --model 64-0-10", "such as 64-128-64-10"),
        ("train --model 784-10", r"expected 64 \(8 x 8 pixels\) as the first number"),
        ("train --model 64-11", "10, the classes, as the last"),
        ("train --data mnist --model 64-10", r"784 \(28 x 28 pixels\) or 1024 \(32 x 32 pixels\)"),
        ("train --epochs 0", "at least 1, got '0'"),
        ("train --batch-size 1.5", "whole number"),
        ("train --lr -1", "above 0"),
        ("train --lr nan", "above 0"),
        ("train --lr fast", "above 0"),
        ("train --seed -1", "at least 0"),
        ("train --data-root there", "for --data mnist"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line, message):
    with pytest.raises(UsageError, match=message) as caught:
        parse(line.split())
    assert "\n" not in str(caught.value)


def test_help_tells_the_options(capsys):
    with pytest.raises(SystemExit) as caught:
        parse(["train", "--help"])
    assert caught.value.code == 0
    assert "--batch-size" in capsys.readouterr().out
